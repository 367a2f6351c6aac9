using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Updates;

/// <summary>Adam (Kingma and Ba, 2015) with bias correction, in the form of PyTorch's <c>Adam</c>: weight decay is added to the gradient.</summary>
/// <remarks>
/// Equation, in step t: d = g + decay w; m = beta1 m + (1 - beta1) d; v = beta2 v + (1 - beta2) d^2;
/// w = w - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon). States: m, v.
/// </remarks>
/// <param name="LearningRate">rate</param>
/// <param name="Beta1">Share of the mean that each step keeps.</param>
/// <param name="Beta2">Share of the mean square that each step keeps.</param>
/// <param name="Epsilon">Keeps the step finite where the gradient has always been 0.</param>
/// <param name="WeightDecay">decay</param>
/// <param name="Step">t, from 1.</param>
public sealed record AdamUpdate(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, int Step) : Update
{
    /// <inheritdoc/>
    public override int States => 2;

    internal override void Launch<T, R>(DeviceArray weight, DeviceArray gradient, IReadOnlyList<DeviceArray> states) =>
        weight.Device.Launch(new AdamElement<T, R>
        {
            Weight = weight.View<T>(),
            Gradient = gradient.View<T>(),
            Mean = states[0].View<T>(),
            Square = states[1].View<T>(),
            Rate = R.Of(LearningRate / (1 - Math.Pow(Beta1, Step))),
            Beta1 = R.Of(Beta1),
            Rest1 = R.Of(1 - Beta1),
            Beta2 = R.Of(Beta2),
            Rest2 = R.Of(1 - Beta2),
            Correction = R.Of(1 / Math.Sqrt(1 - Math.Pow(Beta2, Step))),
            Epsilon = R.Of(Epsilon),
            Decay = R.Of(WeightDecay),
        });
}

/// <summary>One thread: one weight.</summary>
internal partial struct AdamElement<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Weight, Gradient, Mean, Square;
    public T Rate, Beta1, Rest1, Beta2, Rest2, Correction, Epsilon, Decay;

    public readonly int Count => Weight.IntLength;

    public readonly void Run(int index)
    {
        T gradient = Gradient[index] + Decay * Weight[index];
        T mean = Beta1 * Mean[index] + Rest1 * gradient, square = Beta2 * Square[index] + Rest2 * gradient * gradient;
        Mean[index] = mean;
        Square[index] = square;
        Weight[index] -= Rate * mean / (R.Sqrt(square) * Correction + Epsilon);
    }
}
