using GpuPool.Kernels;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Backbones;

/// <summary>How a backbone starts the layers of a whole network anew, those of its pools included, as PyTorch code does in a loop over all modules.</summary>
internal static class StartValues
{
    /// <summary>Sets the start of all convolutions but those that <see cref="Conv2dLayer.KeepsStart">keep</see> theirs.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weight">Start of a weight of this shape.</param>
    /// <param name="bias">Start of biases; null for PyTorch's default.</param>
    public static Module StartConvolutions(this Module network, Func<Shape, Distribution> weight, Distribution? bias = null)
    {
        foreach (Conv2dLayer convolution in Parts<Conv2dLayer>(network).Where(layer => !layer.KeepsStart))
        {
            convolution.Weight.Start = weight(convolution.Weight.Shape);
            if (bias is { } start)
                convolution.Bias?.Start = start;
        }
        return network;
    }

    /// <summary>Sets the start of all depthwise convolutions.</summary>
    public static Module StartDepthwise(this Module network, Func<Shape, Distribution> weight)
    {
        foreach (DepthwiseConv2dLayer convolution in Parts<DepthwiseConv2dLayer>(network))
            convolution.Weight.Start = weight(convolution.Weight.Shape);
        return network;
    }

    /// <summary>Sets the start of all linear layers, the output projections of attention included.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weight">Start of weights; null for PyTorch's default.</param>
    /// <param name="bias">Start of biases; null for PyTorch's default.</param>
    public static Module StartLinear(this Module network, Distribution? weight = null, Distribution? bias = null)
    {
        foreach (LinearLayer linear in Parts<LinearLayer>(network))
        {
            linear.Weight.Start = weight ?? linear.Weight.Start;
            linear.Bias.Start = bias ?? linear.Bias.Start;
        }
        return network;
    }

    private static IEnumerable<T> Parts<T>(Module network) => network.Modules.Select(entry => entry.Module).OfType<T>();
}
