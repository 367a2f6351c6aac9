using System.Globalization;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>The anchors of a cell, and of whole maps.</summary>
internal static class AnchorReplay
{
    private const int RegionScale = 8, FinestStride = 4, TorchvisionSide = 300;

    private static readonly double[] _ratios = [0.5, 1, 2];
    private static readonly (int, int)[] _classicSizes = [(38, 38), (19, 19), (10, 10), (5, 5), (3, 3), (1, 1)];

    /// <summary>Those of SSD, region proposals and YOLOv3.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("SSDAnchorGenerator", ReplayKind.Narrow, Ssd), new("AnchorGenerator", ReplayKind.Narrow, Region), new("YOLOAnchorGenerator", ReplayKind.Narrow, Yolo),
        new("torchvision AnchorGenerator", ReplayKind.Narrow, TorchvisionRegion), new("torchvision DefaultBoxGenerator", ReplayKind.Narrow, TorchvisionSsd),
    ];

    private static IEnumerable<ReplayedTensor> Ssd(Device device, Recording recording, DType type)
    {
        if (recording.Text("min_sizes") is null)
            return Maps(recording, SsdAnchors.Mobile320, [.. recording.Json<int[]>("sizes").Select(size => (size, size))]);
        IReadOnlyList<AnchorLevel> levels = recording.Json<int[]>("min_sizes")[0] == SsdAnchors.Voc300[0].Cell[0].Width ? SsdAnchors.Voc300 : SsdAnchors.Coco300;
        return Maps(recording, levels, _classicSizes);
    }

    private static IEnumerable<ReplayedTensor> Region(Device device, Recording recording, DType type)
    {
        (int Height, int Width)[] sizes = Sizes(recording);
        AnchorLevel[] levels = [.. sizes.Select((_, level) => AnchorLevel.Region(FinestStride << level, RegionScale * (FinestStride << level), _ratios))];
        int[] pad = recording.Json<int[]>("pad_shape");
        IEnumerable<int> valid = levels.Zip(sizes).SelectMany(map => Enumerable.Range(0, map.Second.Height).SelectMany(
            _ => Enumerable.Range(0, map.Second.Width), (row, column) => row < map.First.CellsOf(pad[0]) && column < map.First.CellsOf(pad[1]) ? 1 : 0).SelectMany(
            flag => Enumerable.Repeat(flag, map.First.Cell.Count)));
        return [.. Maps(recording, levels, sizes), ReplayedTensor.Exact("valid", valid, recording.Integers("valid"))];
    }

    private static IEnumerable<ReplayedTensor> Yolo(Device device, Recording recording, DType type)
    {
        bool[] responsible = GridMatching.Responsible(YoloAnchors.All, Sizes(recording), recording.Boxes<float>("gt"));
        return [.. Maps(recording, YoloAnchors.All, Sizes(recording)),
            ReplayedTensor.Exact("responsible", responsible.Select(flag => flag ? 1 : 0), recording.Integers("responsible"))];
    }

    // Rounded to whole pixels, half of one to the even side.
    private static IEnumerable<ReplayedTensor> TorchvisionRegion(Device device, Recording recording, DType type)
    {
        (int[] image, int[] strides, double[] sides) = (recording.Json<int[]>("image"), recording.Json<int[]>("strides"), recording.Json<double[]>("sizes"));
        AnchorLevel[] levels = [.. strides.Zip(sides, (stride, side) => Changed(AnchorLevel.Region(stride, side, recording.Json<double[]>("ratios")), Rounded))];
        return Maps(recording, levels, [.. levels.Select(level => (level.CellsOf(image[0]), level.CellsOf(image[1])))]);

        static Box Rounded(Box box) => new(MathF.Round(box.X1), MathF.Round(box.Y1), MathF.Round(box.X2), MathF.Round(box.Y2));
    }

    // No anchor is wider or higher than the picture.
    private static IEnumerable<ReplayedTensor> TorchvisionSsd(Device device, Recording recording, DType type)
    {
        AnchorLevel[] levels = [.. SsdAnchors.Coco300.Select(level => Changed(level, Limited))];
        yield return ReplayedTensor.Exact("count", [Grid(levels, _classicSizes).Length], recording.Integers("count"));
        foreach (ReplayedTensor tensor in Maps(recording, levels, _classicSizes))
            yield return tensor;

        static Box Limited(Box box) => Box.Around(box.CentreX, box.CentreY, MathF.Min(box.Width, TorchvisionSide), MathF.Min(box.Height, TorchvisionSide));
    }

    private static IEnumerable<ReplayedTensor> Maps(Recording recording, IReadOnlyList<AnchorLevel> levels, IReadOnlyList<(int Height, int Width)> sizes)
    {
        Box[] anchors = Grid(levels, sizes);
        if (recording.Text("count") is not null)
            yield return ReplayedTensor.Exact("count", [anchors.Length], [recording.Number<long>("count")]);
        IEnumerable<Box> chosen = recording.Has("index") ? recording.Integers("index").Select(index => anchors[index]) : anchors;
        yield return BoxTensors.Of("anchors", chosen, recording.Boxes<float>("anchors"));
        for (int level = 0; level < levels.Count; level++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"base.{level}");
            if (recording.Has(name))
                yield return BoxTensors.Of(name, levels[level].Cell, recording.Boxes<float>(name));
        }
    }

    private static Box[] Grid(IEnumerable<AnchorLevel> levels, IEnumerable<(int Height, int Width)> sizes) =>
        [.. levels.Zip(sizes, (level, size) => level.Of(size.Height, size.Width)).SelectMany(anchors => anchors)];

    private static AnchorLevel Changed(AnchorLevel level, Func<Box, Box> change) => level with { Cell = [.. level.Cell.Select(change)] };

    private static (int Height, int Width)[] Sizes(Recording recording) => [.. recording.Json<int[][]>("feature_sizes").Select(size => (size[0], size[1]))];
}
