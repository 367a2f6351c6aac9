namespace GpuPool.Kernels.Ops;

// On GPUs these are the direct convolutions, in the body that suits these.

internal partial struct WinogradForward<T> : IGroupKernel
{
    public readonly bool SuitsGroups => Direct.SuitsGroups;

    public readonly void LaunchGroups(Device device) => Direct.LaunchGroups(device);
}

internal partial struct WinogradBackwardInput<T> : IGroupKernel
{
    public readonly bool SuitsGroups => Direct.SuitsGroups;

    public readonly void LaunchGroups(Device device) => Direct.LaunchGroups(device);
}

internal partial struct WinogradBackwardWeight<T> : IGroupKernel
{
    public readonly bool SuitsGroups => Direct.SuitsGroups;

    public readonly void LaunchGroups(Device device) => Direct.LaunchGroups(device);
}
