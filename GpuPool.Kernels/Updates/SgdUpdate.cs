using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Updates;

/// <summary>Stochastic gradient descent with momentum and weight decay, in the form of PyTorch's <c>SGD</c> (no dampening, no Nesterov).</summary>
/// <remarks>Equation: v = momentum v + (g + decay w); w = w - rate v. State: v.</remarks>
/// <param name="LearningRate">rate</param>
/// <param name="Momentum">momentum</param>
/// <param name="WeightDecay">decay</param>
public sealed record SgdUpdate(double LearningRate, double Momentum, double WeightDecay) : Update
{
    /// <inheritdoc/>
    public override int States => 1;

    internal override void Launch<T, R>(DeviceArray weight, DeviceArray gradient, IReadOnlyList<DeviceArray> states) =>
        weight.Device.Launch(new SgdElement<T, R>
        {
            Weight = weight.View<T>(),
            Gradient = gradient.View<T>(),
            Velocity = states[0].View<T>(),
            Rate = R.Of(LearningRate),
            Momentum = R.Of(Momentum),
            Decay = R.Of(WeightDecay),
        });
}

/// <summary>One thread: one weight.</summary>
internal partial struct SgdElement<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Weight, Gradient, Velocity;
    public T Rate, Momentum, Decay;

    public readonly int Count => Weight.IntLength;

    public readonly void Run(int index)
    {
        T velocity = Momentum * Velocity[index] + (Gradient[index] + Decay * Weight[index]);
        Velocity[index] = velocity;
        Weight[index] -= Rate * velocity;
    }
}
