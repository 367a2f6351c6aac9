using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Mixed pooling (Yu, Wang, Chen and Wei, "Mixed pooling for convolutional neural networks", 2014): in training each channel of each image is pooled
/// by maximum or by average at random, in evaluation each channel as it was more often.
/// </summary>
/// <remarks>
/// The equation y = a max + (1 - a) mean, a in {0, 1}, and the rule of evaluation are recalled, the paper not read again; an alternative reading
/// draws a once a batch and channel. The counts are part of the saved state. Max wins a tie.
/// </remarks>
public sealed class MixedPool : StochasticModule
{
    private readonly Window _window;
    private readonly ModuleState _counts;

    /// <summary>A pool for a map of so many channels.</summary>
    public MixedPool(int channels, Window window)
    {
        _window = window;
        _counts = State("counts", ModuleState.Buffer(new Shape(channels, 2), 0));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor maximum = x.MaxPool2d(_window), average = x.AveragePool2d(_window);
        return maximum.Blend(average, Choose(x).Broadcast(average.Shape));
    }

    private Tensor Choose(Tensor x)
    {
        // The choice is no function of x that has a gradient.
        using IDisposable off = GradientMode.Off();
        return Tape.Record(new MixedChoice(_counts.Value.Value, Training, Seed, Stream, Training ? TakeStep() : 0), x);
    }
}
