using GpuPool.Kernels;
using GpuPool.Tests.Kernels.Ptx;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>One of the bodies that a kernel has, and how it is launched.</summary>
public sealed record Body(string Name, Func<Device> Device, bool UsesHostBodies, bool SimulatesThreads = false)
{
    /// <summary>What runs the launches in place of the accelerator.</summary>
    internal PtxMachine? Machine { get; init; }

    /// <summary>The bodies of each kernel that run on this machine.</summary>
    public static readonly Body[] All = [new("host", () => Devices.Cpu, true), new("portable", () => Devices.Cpu, false)];

    /// <summary>The portable bodies on threads that ILGPU simulates: slow.</summary>
    public static readonly Body Simulated = new("portable on simulated threads", () => Devices.Cpu, false, true);

    /// <summary>The portable bodies in the code that ILGPU emits for CUDA, plain, and with products fused into sums.</summary>
    public static readonly Body[] Ptx =
    [
        new("PTX", () => Devices.Cpu, false, true) { Machine = PtxMachine.Plain },
        new("fused PTX", () => Devices.Cpu, false, true) { Machine = PtxMachine.Fused },
    ];

    /// <summary>The portable bodies, in C#, or as the test parameter "portable" names them.</summary>
    public static Body Portable => Ptx.SingleOrDefault(body => body.Name == TestContext.Parameters["portable"]) ?? All.Single(body => body.Name == "portable");

    public override string ToString() => Name;

    /// <summary>Runs an action on its device, whose new arrays hold NaN: what is read before it is written shows.</summary>
    public void Run(Action<Device> action)
    {
        Device device = Device();
        (device.UseHostBodies, device.SimulatesThreads, device.Interceptor, device.FillsNewArraysWithNaN) = (UsesHostBodies, SimulatesThreads, Machine is null ? null : Machine.Run, true);
        try
        {
            using ArrayScope scope = device.OpenScope();
            action(device);
        }
        finally
        {
            (device.UseHostBodies, device.SimulatesThreads, device.Interceptor, device.FillsNewArraysWithNaN) = (true, false, null, false);
        }
    }
}
