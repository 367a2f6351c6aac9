using GpuPool.Kernels;
using GpuPool.Tests.Kernels.Ptx;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>One of the bodies that a kernel has, and how it is launched.</summary>
public sealed record Body(string Name, Func<Device> Device, bool UsesHostBodies, bool SimulatesThreads = false)
{
    /// <summary>Whether kernels that have a group body run in it.</summary>
    public bool UsesGroupBodies { get; init; }

    /// <summary>What runs the launches in place of the accelerator.</summary>
    internal PtxMachine? Machine { get; init; }

    /// <summary>The bodies of each kernel that run on this machine.</summary>
    public static readonly Body[] All = [new("host", () => Devices.Cpu, true), new("portable", () => Devices.Cpu, false)];

    /// <summary>The bodies of GPUs; OpenCL runs them on the processor of this machine where it has a driver for that.</summary>
    public static readonly Body[] Gpu =
    [
        new("portable on a GPU", () => Devices.Gpu, false), new("groups on a GPU", () => Devices.Gpu, false) { UsesGroupBodies = true },
    ];

    /// <summary>The portable bodies on threads that ILGPU simulates: slow.</summary>
    public static readonly Body Simulated = new("portable on simulated threads", () => Devices.Cpu, false, true);

    /// <summary>
    /// Portable bodies and group bodies in the code that ILGPU emits for CUDA, plain, and with products fused into sums. What has no group body runs in C# beside them.
    /// </summary>
    public static readonly Body[] Ptx =
    [
        new("PTX", () => Devices.Cpu, false, true) { Machine = PtxMachine.Plain },
        new("fused PTX", () => Devices.Cpu, false, true) { Machine = PtxMachine.Fused },
        new("groups in PTX", () => Devices.Cpu, false) { Machine = PtxMachine.Plain, UsesGroupBodies = true },
        new("groups in fused PTX", () => Devices.Cpu, false) { Machine = PtxMachine.Fused, UsesGroupBodies = true },
    ];

    /// <summary>The group bodies in that code, fused.</summary>
    public static readonly Body Groups = Ptx[3];

    /// <summary>The portable bodies in C#.</summary>
    public static readonly Body CSharp = All[1];

    /// <summary>The portable bodies, in C#, or as the test parameter "portable" names them.</summary>
    public static Body Portable => Ptx.SingleOrDefault(body => body.Name == TestContext.Parameters["portable"]) ?? CSharp;

    public override string ToString() => Name;

    /// <summary>Runs an action on its device, whose new arrays hold NaN: what is read before it is written shows.</summary>
    public void Run(Action<Device> action)
    {
        Device device = Device();
        GroupBodies before = device.GroupBodies;
        (device.UseHostBodies, device.SimulatesThreads, device.FillsNewArraysWithNaN) = (UsesHostBodies, SimulatesThreads, true);
        (device.GroupBodies, device.Interceptor) = (UsesGroupBodies ? GroupBodies.Always : GroupBodies.Never, Machine is null ? null : Machine.Run);
        try
        {
            using ArrayScope scope = device.OpenScope();
            action(device);
        }
        finally
        {
            (device.UseHostBodies, device.SimulatesThreads, device.FillsNewArraysWithNaN) = (true, false, false);
            (device.GroupBodies, device.Interceptor) = (before, null);
        }
    }
}
