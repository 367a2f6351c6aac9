using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuPool.Kernels;

/// <summary>One accelerator of this machine, as found.</summary>
/// <param name="Kind">Kind of accelerator.</param>
/// <param name="Name">Name as the driver gives it; empty where none of the kind was found.</param>
/// <param name="MemoryBytes">Memory in bytes.</param>
/// <param name="LeftOut">Why it is not used; null where it can be.</param>
/// <param name="Index">Number among the devices of its kind that can be used, from 0; null where it cannot be.</param>
/// <param name="SelfTestError">
/// Relative error of the device's numbers in the <see cref="SelfTest"/>; null where it was left out.
/// </param>
public sealed record DeviceReport(DeviceKind Kind, string Name, long MemoryBytes, string? LeftOut, int? Index, double? SelfTestError)
{
    /// <summary>Whether it can be used and computes what plain C# computes.</summary>
    public bool Usable => LeftOut is null && SelfTestError <= SelfTest.Tolerance;

    /// <summary>
    /// Lists the accelerators of a kind and tests those that can be used; one report says why where there is none. This calls the driver in
    /// this process, and a broken driver can end it: ask for CUDA or OpenCL in a process of its own.
    /// </summary>
    public static IReadOnlyList<DeviceReport> Find(DeviceKind kind)
    {
        if (kind == DeviceKind.Cpu)
            return [Tested(new DeviceReport(kind, "", 0, null, 0, null))];
        try
        {
            List<DeviceReport> found = kind == DeviceKind.Cuda ? CudaDevices() : OpenCLDevices();
            if (found.Count == 0)
                return [Absent(kind)];
            int used = 0;
            return [.. found.Select(report => report.LeftOut is null ? Tested(report with { Index = used++ }) : report)];
        }
        catch (Exception exception)
        {
            return [new DeviceReport(kind, "", 0, $"the driver failed: {exception.Message.ReplaceLineEndings(" ")}", null, null)];
        }
    }

    private static List<DeviceReport> CudaDevices()
    {
        List<DeviceReport> found = [];
        using Context context = Context.Create(builder => builder.Cuda());
        foreach (CudaDevice device in context.GetCudaDevices())
            found.Add(new DeviceReport(DeviceKind.Cuda, device.Name, device.MemorySize, null, null, null));
        return found;
    }

    // None is left out here, so that one which is not used is listed with the reason.
    private static List<DeviceReport> OpenCLDevices()
    {
        List<DeviceReport> found = [];
        using Context context = Context.Create(builder => builder.OpenCL(_ => true));
        foreach (CLDevice device in context.GetCLDevices())
            found.Add(new DeviceReport(DeviceKind.OpenCL, device.Name, device.MemorySize, OpenCLSupport.Fault(device), null, null));
        return found;
    }

    private static DeviceReport Absent(DeviceKind kind)
    {
        string library = kind == DeviceKind.Cuda
            ? OperatingSystem.IsWindows() ? "nvcuda" : "libcuda.so.1"
            : OperatingSystem.IsWindows() ? "OpenCL" : "libOpenCL.so";
        bool installed = NativeLibrary.TryLoad(library, out nint handle);
        if (installed)
            NativeLibrary.Free(handle);
        return new DeviceReport(kind, "", 0, installed
            ? $"{library} is installed, but lists no device"
            : $"{library} is not installed (it comes with {(kind == DeviceKind.Cuda ? "the NVIDIA driver" : "an OpenCL driver or loader")})", null, null);
    }

    private static DeviceReport Tested(DeviceReport report)
    {
        try
        {
            using Device device = Device.Open(report.Kind, report.Index ?? 0);
            return report with { Name = device.Name, MemoryBytes = device.MemoryBytes, SelfTestError = SelfTest.Run(device) };
        }
        catch (Exception exception)
        {
            return report with { Index = null, LeftOut = $"the self-test failed: {exception.Message.ReplaceLineEndings(" ")}" };
        }
    }
}
