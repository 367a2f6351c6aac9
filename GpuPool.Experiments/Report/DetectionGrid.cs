using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Tables;
using GpuPool.Experiments.Tasks;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Report;

/// <summary>What the detectors of a table find in the first test picture: a row for each network, with the objects that are there and a picture for each method of the paper.</summary>
internal static class DetectionGrid
{
    private const int Side = 256;

    /// <summary>The grid as a PNG file; null where none of these cells was run.</summary>
    /// <param name="pictures">The test pictures.</param>
    /// <param name="results">The results of one run of each cell that was run.</param>
    public static byte[]? Draw(IDetectionDataset pictures, IReadOnlyList<(TableCell Cell, CellResult Result)> results)
    {
        IGrouping<string, (TableCell Cell, CellResult Result)>[] networks =
            [.. results.Where(entry => Table4.PaperMethods.Contains(entry.Cell.Method) && entry.Result.Found is not null).GroupBy(entry => entry.Cell.Network)];
        if (networks.Length == 0)
            return null;
        var transform = new DetectionTransform(new ProportionalResizing(Side, Side), Normalisation.None) { Divisor = Side };
        DetectionBatch batch = new DetectionPictures(pictures, transform).Collate([0], picture => new RandomSequence(0, 0, 0, (uint)picture), CancellationToken.None);
        int columns = 1 + networks.Max(network => network.Count());
        using var sheet = new ContactSheet(columns * networks.Length, Side, columns);
        foreach (IGrouping<string, (TableCell Cell, CellResult Result)> network in networks)
        {
            sheet.Add(batch.Images, "what is there", batch.Objects[0].Select(item => new DrawnBox(item.Box, item.Label, pictures.ClassNames[item.Label])));
            foreach ((TableCell cell, CellResult result) in network)
                sheet.Add(batch.Images, $"{network.Key}, {cell.Method}", result.Found!.Select(found => Drawn(found, batch.Frames[0], pictures)));
            sheet.Skip(columns - 1 - network.Count());
        }
        return sheet.Png();
    }

    private static DrawnBox Drawn(FoundBox found, PictureFrame frame, IDetectionDataset pictures) => new(
        new Box(found.X1 * frame.ScaleX, found.Y1 * frame.ScaleY, found.X2 * frame.ScaleX, found.Y2 * frame.ScaleY), found.Label,
        FormattableString.Invariant($"{pictures.ClassNames[found.Label]} {found.Score:F2}"));
}
