using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Backbones;

/// <summary>
/// Block of Inception v3 (Szegedy et al., 2016): branches over one map, their channels one after another. Branches that down-sample may end a row or column apart,
/// as a pool without overlap and a 3x3 convolution do on maps of even extents: the larger ones lose their last.
/// </summary>
public sealed class InceptionBlock : Module
{
    // Of each branch its steps, of each step the modules that read the same map.
    private readonly List<List<Module[]>> _branches = [];

    /// <summary>A block.</summary>
    /// <param name="inputs">Channels of the input.</param>
    /// <param name="branches">In the order of the output's channels.</param>
    /// <param name="width">Factor of the branches' numbers of channels.</param>
    public InceptionBlock(int inputs, IReadOnlyList<InceptionBranch> branches, double width)
    {
        foreach (InceptionBranch branch in branches)
        {
            int channels = inputs;
            List<Module[]> steps = [];
            if (branch.Entry is { } entry)
                steps.Add([Child(entry.Name, entry.Module)]);
            foreach (InceptionConvolution[] step in branch.Steps)
            {
                int[] outputs = [.. step.Select(convolution => Widths.Channels(convolution.Channels, width))];
                steps.Add([.. step.Zip(outputs, (convolution, count) => Child(convolution.Name, Convolution(channels, count, convolution.Window)))]);
                channels = outputs.Sum();
            }
            _branches.Add(steps);
            Channels += channels;
        }
    }

    /// <summary>Channels of the output.</summary>
    public int Channels { get; }

    /// <summary>A convolution without bias, a batch norm with the epsilon of the original, and a relu.</summary>
    internal static Sequential Convolution(int inputs, int outputs, Window window) =>
        new Sequential().Append("conv", new Conv2dLayer(inputs, outputs, window)).Append("bn", new BatchNormLayer(outputs, Activation.Relu, epsilon: 1e-3));

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor[] maps = [.. _branches.Select(steps => steps.Aggregate(x, (map, step) => Join(Array.ConvertAll(step, module => module.Call(map)))))];
        int height = maps.Min(map => map.Shape[1]), width = maps.Min(map => map.Shape[2]);
        return Join(Array.ConvertAll(maps, map => Cut(Cut(map, 1, height), 2, width)));
    }

    private static Tensor Join(Tensor[] maps) => maps.Length == 1 ? maps[0] : maps[0].Concat(3, maps[1..]);

    private static Tensor Cut(Tensor map, int axis, int extent) => map.Shape[axis] == extent ? map : map.Slice(axis, 0, extent);
}
