using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct InstanceNormForward<T, R> : IGroupKernel
{
    public readonly bool SuitsGroups => Normalisation<T, R>.Suits(X.IntLength);

    public readonly void LaunchGroups(Device device)
    {
        using DeviceArray? statistics = Mean.IntLength == 0 ? device.Allocate(new Shape(2 * Count), DTypes.Of<T>()) : null;
        var normalisation = new Normalisation<T, R>(
            X, Gamma, statistics?.View<T>().SubView(0, Count) ?? Mean, statistics?.View<T>().SubView(Count, Count) ?? Rstd, Pixels, Channels);
        normalisation.LaunchMoments(device, Epsilon);
        device.LaunchThreads(new NormalisationForward<T, R> { Of = normalisation, Beta = Beta, Y = Y });
    }
}

internal partial struct InstanceNormBackward<T, R> : IGroupKernel
{
    public readonly bool SuitsGroups => Normalisation<T, R>.Suits(X.IntLength);

    public readonly void LaunchGroups(Device device)
    {
        var sums = new NormalisationBackwardSums<T, R>
        {
            Of = new(X, Gamma, Mean, Rstd, Pixels, Channels),
            OutputGradient = OutputGradient,
            Sums = Sums,
            Products = Products,
        };
        ColumnReduction.Launch<T, Two<T>, NormalisationBackwardSums<T, R>>(device, sums);
        if (Gradient.IntLength > 0)
            device.LaunchThreads(new NormalisationBackward<T, R> { Sums = sums, Gradient = Gradient });
    }
}
