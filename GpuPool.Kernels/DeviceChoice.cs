namespace GpuPool.Kernels;

/// <summary>What a user asks for.</summary>
public enum DeviceChoice
{
    /// <summary>
    /// CUDA where there is an NVIDIA GPU, else the processor. OpenCL is used only when it is named: a broken OpenCL driver can end the process that asks
    /// it, and an integrated GPU is seldom faster than the vectorised host bodies.
    /// </summary>
    Auto,

    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>The first NVIDIA GPU.</summary>
    Cuda,

    /// <summary>The first OpenCL device that can run our kernels.</summary>
    OpenCL,
}

/// <summary>Opens what was asked for.</summary>
public static class DeviceChoices
{
    /// <summary>Opens the device; <see cref="DeviceChoice.Auto"/> falls back to the processor.</summary>
    /// <param name="choice">Which one.</param>
    /// <param name="threads">Threads of the CPU device, by default all processors.</param>
    /// <exception cref="DeviceNotFoundException">A device that was named is absent or does not start.</exception>
    public static Device Open(this DeviceChoice choice, int? threads = null)
    {
        if (choice != DeviceChoice.Auto)
            return Device.Open(choice.Kind(), threads);
        try
        {
            return Device.Open(DeviceKind.Cuda);
        }
        catch (DeviceNotFoundException)
        {
            return Device.Open(DeviceKind.Cpu, threads);
        }
    }

    private static DeviceKind Kind(this DeviceChoice choice) => choice switch
    {
        DeviceChoice.Cuda => DeviceKind.Cuda,
        DeviceChoice.OpenCL => DeviceKind.OpenCL,
        _ => DeviceKind.Cpu,
    };
}
