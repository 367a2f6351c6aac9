namespace GpuPool.Kernels;

/// <summary>The launches of one kernel of one op in one direction, as a GPU would get them.</summary>
/// <param name="Op">Name of the op; empty for what is no op, as an optimiser's updates.</param>
/// <param name="Backward">Whether it is the backward pass.</param>
/// <param name="Kernel">Name of the kernel.</param>
/// <param name="InGroups">Whether it is a stage of a group body.</param>
/// <param name="Threads">Threads of each launch.</param>
/// <param name="Bytes">Bytes of all operands of each launch, each counted once: the least that must move.</param>
/// <param name="MultiplyAdds">Multiply-adds of each launch: those of a call are spread over its launches by their bytes, but for sums of what launches before made.</param>
public sealed record LaunchCost(string Op, bool Backward, string Kernel, bool InGroups, long Threads, long Bytes, double MultiplyAdds);

/// <summary>Which kernels a GPU would be given, found without one: arrays have memory, and nothing is computed.</summary>
public sealed class LaunchProfile
{
    private readonly List<LaunchCost> _launches = [];
    private readonly List<KernelLaunch> _unattributed = [];

    /// <summary>The launches of what is done on a device, in their order.</summary>
    /// <param name="work">Is given the device; all values that it reads there are meaningless.</param>
    public static IReadOnlyList<LaunchCost> Of(Action<Device> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        (device.SimulatesThreads, device.GroupBodies) = (true, GroupBodies.WhereLarge);
        var launches = new LaunchProfile();
        device.Interceptor = launches.Enter;
        device.Profile = new OpProfile { Ended = launches.Attribute };
        work(device);
        launches.Attribute("", false, 0);
        return launches._launches;
    }

    private bool Enter(KernelLaunch launch)
    {
        _unattributed.Add(launch);
        return true;
    }

    private void Attribute(string op, bool backward, long multiplyAdds)
    {
        double bytes = Math.Max(1, _unattributed.Where(launch => launch.Multiplies).Sum(launch => (double)launch.OperandBytes));
        foreach (KernelLaunch launch in _unattributed)
        {
            string kernel = launch.EntryPoint.GetGenericArguments()[0].Name.Split('`')[0];
            double share = launch.Multiplies ? launch.OperandBytes / bytes : 0;
            _launches.Add(new LaunchCost(op, backward, kernel, launch.GroupThreads > 0, launch.Threads, launch.OperandBytes, multiplyAdds * share));
        }
        _unattributed.Clear();
    }
}
