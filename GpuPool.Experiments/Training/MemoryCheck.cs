using System.Globalization;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Training;

/// <summary>Refuses what cannot fit before any work is done.</summary>
internal static class MemoryCheck
{
    /// <summary>A training step keeps the output of every layer, and each must be an array.</summary>
    /// <exception cref="GpuPoolException">The batch is too large for the device (12).</exception>
    /// <param name="device">Where it is to fit.</param>
    /// <param name="cost">Of one picture.</param>
    /// <param name="picture">Its shape.</param>
    /// <param name="batch">Pictures a step.</param>
    public static void Training(Device device, Cost cost, Shape picture, int batch)
    {
        long map = cost.Layers.Max(layer => (long)layer.Output.Count);
        long activations = ActivationBytes(cost, batch), largest = batch * Math.Max(picture.Count, map);
        if (activations <= device.MemoryLimitBytes && largest <= int.MaxValue)
            return;
        long most = Math.Min(device.MemoryLimitBytes / ActivationBytes(cost, 1), int.MaxValue / (largest / batch));
        throw new GpuPoolException(
            ExitCode.OutOfMemory,
            string.Create(
                CultureInfo.InvariantCulture,
                $"a batch of {batch} images of {picture[1]} x {picture[2]} pixels needs more than {activations >> 20} MiB and arrays of {largest} numbers; "
                + $"{device.Name} has {device.MemoryLimitBytes >> 20} MiB and arrays of {int.MaxValue}, room for {most} images at most"),
            "Use a smaller --batch or --size, or a device with more memory.");
    }

    /// <summary>Bytes of the outputs of all layers for a batch, the least that a training step needs.</summary>
    public static long ActivationBytes(Cost cost, int batch) => batch * cost.ActivationBytes;
}
