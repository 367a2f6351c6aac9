using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuPool.Kernels;

/// <summary>The driver of a device that worked before reports an error: what is in the memory of the device is lost.</summary>
public sealed class DeviceFailedException : Exception
{
    internal DeviceFailedException(string device, AcceleratorException inner) : base($"the driver of {device} failed: {Reason(inner)}", inner) { }

    private static string Reason(AcceleratorException inner) => inner switch
    {
        CudaException cuda => $"{cuda.Error}",
        CLException openCL => $"{openCL.Error}",
        _ => inner.Message.ReplaceLineEndings(" "),
    };
}
