using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Samples;

/// <summary>Swish with a learnt beta for each channel, which starts at 1; it counts the images that it has seen in training.</summary>
public sealed class SwishLayer : Module
{
    private readonly ModuleState _beta, _images;

    /// <summary>A layer for maps of this many channels.</summary>
    public SwishLayer(int channels)
    {
        _beta = State("beta", ModuleState.Parameter(new Shape(channels), Distribution.Constant(1)));
        _images = State("images", ModuleState.Buffer(new Shape(1), 0));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        if (Training)
            _images.Value.Value.CopyFrom([_images.Value.Item() + x.Shape[0]]);
        return Tape.Record(new Swish(), x, _beta.Value);
    }
}
