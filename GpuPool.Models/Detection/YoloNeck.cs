using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Backbones;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Detection;

/// <summary>
/// Neck of YOLOv3 (Redmon and Farhadi, 2018; mmdetection's YOLOV3Neck): on the coarsest map five convolutions of sides 1, 3, 1, 3, 1; a 1x1 convolution of that, at twice the extents
/// beside the next map, goes into the next five, and so on.
/// </summary>
public sealed class YoloNeck : Module
{
    private const double Leak = 0.1;

    private readonly Sequential[] _detect, _between;

    /// <summary>A neck without memory.</summary>
    /// <param name="inputs">Channels of the maps, the finest first.</param>
    /// <param name="channels">Channels of each level, the coarsest first.</param>
    public YoloNeck(IReadOnlyList<int> inputs, IReadOnlyList<int> channels)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(channels);
        _detect = new Sequential[channels.Count];
        _between = new Sequential[channels.Count - 1];
        for (int level = 0; level < channels.Count; level++)
        {
            int count = channels[level], map = inputs[^(level + 1)];
            if (level > 0)
                _between[level - 1] = Child(Name("conv", level), ConvolutionUnit.ForYolo(channels[level - 1], count, 1));
            Sequential block = _detect[level] = Child(Name("detect", level + 1), new Sequential());
            for (int number = 1, before = level == 0 ? map : map + count; number <= 5; number++)
            {
                (int outputs, int side) = number % 2 == 1 ? (count, 1) : (2 * count, 3);
                block.Append(Name("conv", number), ConvolutionUnit.ForYolo(before, outputs, side));
                before = outputs;
            }
        }
        this.StartConvolutions(weight => Distribution.Normal(Math.Sqrt(2 / ((1 + Leak * Leak) * weight[0] * weight[1] * weight.Channels))));
    }

    /// <summary>The levels, the coarsest first.</summary>
    /// <param name="maps">Maps (N, H, W, C), the finest first, each of twice the extents of the next.</param>
    public IReadOnlyList<Tensor> Call(IReadOnlyList<Tensor> maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        return Call(maps[0].Device, () =>
        {
            List<Tensor> levels = [_detect[0].Call(maps[^1])];
            for (int level = 1; level < _detect.Length; level++)
            {
                Tensor coarse = _between[level - 1].Call(levels[^1]);
                Tensor fine = coarse.Upsample(2 * coarse.Shape[1], 2 * coarse.Shape[2], Interpolation.Nearest);
                levels.Add(_detect[level].Call(fine.Concat(3, maps[^(level + 1)])));
            }
            return levels;
        });
    }

    private static string Name(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}{number}");
}
