using System.Runtime.CompilerServices;
using ILGPU.Runtime.OpenCL;

namespace GpuPool.Kernels;

/// <summary>Which OpenCL devices can run our kernels.</summary>
internal static class OpenCLSupport
{
    /// <summary>
    /// Where this environment variable is 1, OpenCL drivers that compute on the processor are taken, as PoCL's: slow, and a way to check the kernels
    /// of GPUs, barriers and shared memory included, on a machine without one.
    /// </summary>
    public const string ProcessorVariable = "GPUPOOL_OPENCL_CPU";

    private static bool TakesProcessors => Environment.GetEnvironmentVariable(ProcessorVariable) == "1";

    /// <summary>Why a device is left out; null where it can be used.</summary>
    public static string? Fault(CLDevice device) =>
        device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU) ? TakesProcessors ? null : $"it is the processor; {ProcessorVariable}=1 takes it, which is slow"
        : device.Capabilities.GenericAddressSpace ? null
        : $"the driver ({device.DeviceVersion}) does not offer OpenCL 2's generic address space";

    /// <summary>Has ILGPU list a device. Of processors it asks for generic pointers that they may lack; optimised kernels have none.</summary>
    public static bool Admit(CLDevice device)
    {
        if (Fault(device) is not null)
            return false;
        SetGenericAddressSpace(device.Capabilities, true);
        return true;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_GenericAddressSpace")]
    private static extern void SetGenericAddressSpace(CLCapabilityContext capabilities, bool value);
}
