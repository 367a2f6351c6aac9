using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Layers;

/// <summary>Convolution with a weight and perhaps a bias of its own.</summary>
public sealed class Conv2dLayer : Module
{
    private readonly Window _window;

    /// <summary>A convolution; weight and bias start uniform within 1 / sqrt(kh kw inputs), as in PyTorch.</summary>
    public Conv2dLayer(int inputs, int outputs, Window window, bool bias = false)
    {
        _window = window;
        var start = Distribution.Uniform(1 / Math.Sqrt(window.Size.Area * inputs));
        Weight = State("weight", ModuleState.Parameter(new Shape(window.Size.Height, window.Size.Width, inputs, outputs), start, TensorLayout.Convolution));
        Bias = bias ? State("bias", ModuleState.Parameter(new Shape(outputs), start)) : null;
    }

    /// <summary>Whether a backbone, which starts the weights of all its convolutions anew, leaves this one's as they are.</summary>
    public bool KeepsStart { get; init; }

    /// <summary>Whether it is computed by <see cref="Conv2d.Winograd"/>.</summary>
    public bool Winograd { get; init; }

    /// <summary>(kh, kw, in, out)</summary>
    public ModuleState Weight { get; }

    /// <summary>(out)</summary>
    public ModuleState? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Conv2d(Weight.Value, Bias?.Value, _window, Winograd);
}
