using System.Reflection;
using ILGPU;

namespace GpuPool.Kernels;

/// <summary>The launches of one kernel of one op in one direction, as a GPU would get them.</summary>
/// <param name="Op">Name of the op; empty for what is no op, as an optimiser's updates.</param>
/// <param name="Backward">Whether it is the backward pass.</param>
/// <param name="Kernel">Name of the kernel.</param>
/// <param name="InGroups">Whether it is a stage of a group body.</param>
/// <param name="Threads">Threads of each launch.</param>
/// <param name="Bytes">Bytes of all operands of each launch, each counted once: the least that must move.</param>
/// <param name="MultiplyAdds">Multiply-adds of each launch: those of a call are spread over its launches by their bytes.</param>
public sealed record LaunchCost(string Op, bool Backward, string Kernel, bool InGroups, long Threads, long Bytes, double MultiplyAdds);

/// <summary>Which kernels a GPU would be given, found without one: arrays have memory, and nothing is computed.</summary>
public sealed class LaunchProfile
{
    private readonly List<LaunchCost> _launches = [];
    private int _attributed;

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
        return launches._launches;
    }

    private bool Enter(KernelLaunch launch)
    {
        Type kernel = launch.EntryPoint.GetGenericArguments()[0];
        _launches.Add(new LaunchCost("", false, kernel.Name.Split('`')[0], launch.GroupThreads > 0, launch.Threads, Bytes(launch.Argument), 0));
        return true;
    }

    private void Attribute(string op, bool backward, long multiplyAdds)
    {
        double bytes = Math.Max(1, _launches.Skip(_attributed).Sum(launch => (double)launch.Bytes));
        for (; _attributed < _launches.Count; _attributed++)
            _launches[_attributed] = _launches[_attributed] with { Op = op, Backward = backward, MultiplyAdds = multiplyAdds * (_launches[_attributed].Bytes / bytes) };
    }

    // Views that a kernel holds, also within structs that it is made of.
    private static long Bytes(object argument)
    {
        long bytes = 0;
        foreach (FieldInfo field in argument.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            object value = field.GetValue(argument)!;
            if (value is IArrayView view)
                bytes += view.LengthInBytes;
            else if (field.FieldType is { IsValueType: true, IsPrimitive: false, IsEnum: false })
                bytes += Bytes(value);
        }
        return bytes;
    }
}
