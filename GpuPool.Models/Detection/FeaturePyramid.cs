using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Detection;

/// <summary>
/// Feature pyramid (Lin et al., 2017): maps of one width in which the coarse ones, that know what is seen, are added to the fine ones, that know where. Each map gets a 1x1
/// convolution, from the coarsest on the one above is added to it at its size by the nearest cell, and a 3x3 convolution follows; a coarsest level has every second
/// row and column of the last.
/// </summary>
public sealed class FeaturePyramid : Module
{
    private readonly Conv2dLayer[] _laterals, _outputs;

    /// <summary>A pyramid without memory.</summary>
    /// <param name="inputs">Channels of the maps, the finest first.</param>
    /// <param name="channels">Channels of each level.</param>
    public FeaturePyramid(IReadOnlyList<int> inputs, int channels)
    {
        _laterals = [.. inputs.Select((count, level) => Convolution($"lateral_convs.{level}.conv", count, channels, new Window(1)))];
        _outputs = [.. inputs.Select((_, level) => Convolution($"fpn_convs.{level}.conv", channels, channels, new Window(3, padding: 1)))];
    }

    /// <summary>The levels, one more than there are maps.</summary>
    /// <param name="maps">Maps (N, H, W, C), the finest first.</param>
    public IReadOnlyList<Tensor> Call(IReadOnlyList<Tensor> maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        if (maps.Count != _laterals.Length)
            throw new ArgumentException($"the pyramid takes {_laterals.Length} maps, but got {maps.Count}", nameof(maps));
        return Call(maps[0].Device, () =>
        {
            var levels = new Tensor[maps.Count + 1];
            Tensor? above = null;
            for (int level = maps.Count - 1; level >= 0; level--)
            {
                Tensor map = _laterals[level].Call(maps[level]);
                above = above is null ? map : map.Add(above.Upsample(map.Shape[1], map.Shape[2], Interpolation.Nearest));
                levels[level] = _outputs[level].Call(above);
            }
            levels[^1] = levels[^2].MaxPool2d(new Window(1, 2));
            return levels;
        });
    }

    private Conv2dLayer Convolution(string name, int inputs, int outputs, Window window)
    {
        Conv2dLayer layer = Child(name, new Conv2dLayer(inputs, outputs, window, bias: true) { Winograd = true });
        layer.Weight.Start = Distribution.Xavier(window.Size.Area * inputs, window.Size.Area * outputs);
        layer.Bias!.Start = Distribution.Constant(0);
        return layer;
    }
}
