using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct LayerNormForward<T, R> : IGroupKernel
{
    public readonly bool SuitsGroups => Normalisation<T, R>.Suits(X.IntLength);

    public readonly void LaunchGroups(Device device)
    {
        using DeviceArray? statistics = Mean.IntLength == 0 ? device.Allocate(new Shape(2 * Count), DTypes.Of<T>()) : null;
        var normalisation = new Normalisation<T, R>(X, Gamma, statistics?.View<T>().SubView(0, Count) ?? Mean, statistics?.View<T>().SubView(Count, Count) ?? Rstd, Channels, 1);
        normalisation.LaunchMoments(device, Epsilon);
        device.LaunchThreads(new NormalisationForward<T, R> { Of = normalisation, Beta = Beta, Y = Y });
    }
}

internal partial struct LayerNormBackward<T, R> : IGroupKernel
{
    public readonly bool SuitsGroups => Normalisation<T, R>.Suits(X.IntLength);

    public readonly void LaunchGroups(Device device)
    {
        using DeviceArray scratch = device.Allocate(new Shape(2 * Count), DTypes.Of<T>());
        var sums = new NormalisationBackwardSums<T, R>
        {
            Of = new(X, Gamma, Mean, Rstd, Channels, 1),
            OutputGradient = OutputGradient,
            Sums = scratch.View<T>().SubView(0, Count),
            Products = scratch.View<T>().SubView(Count, Count),
        };
        ColumnReduction.Launch<T, Two<T>, NormalisationBackwardSums<T, R>>(device, sums);
        device.LaunchThreads(new NormalisationBackward<T, R> { Sums = sums, Gradient = Gradient, GammaTerms = Products });
    }
}
