using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>One of the bodies that a kernel has, and how it is launched.</summary>
public sealed record Body(string Name, Func<Device> Device, bool UsesHostBodies, bool SimulatesThreads = false)
{
    /// <summary>The bodies of each kernel that run on this machine.</summary>
    public static readonly Body[] All = [new("host", () => Devices.Cpu, true), new("portable", () => Devices.Cpu, false)];

    /// <summary>The portable bodies on threads that ILGPU simulates: slow.</summary>
    public static readonly Body Simulated = new("portable on simulated threads", () => Devices.Cpu, false, true);

    /// <summary>Runs an action on its device, whose new arrays hold NaN: what is read before it is written shows.</summary>
    public void Run(Action<Device> action)
    {
        Device device = Device();
        (device.UseHostBodies, device.SimulatesThreads, device.FillsNewArraysWithNaN) = (UsesHostBodies, SimulatesThreads, true);
        try
        {
            using ArrayScope scope = device.OpenScope();
            action(device);
        }
        finally
        {
            (device.UseHostBodies, device.SimulatesThreads, device.FillsNewArraysWithNaN) = (true, false, false);
        }
    }
}
