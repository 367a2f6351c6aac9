using System.Globalization;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Training;

/// <summary>Finds, for a batch that did not fit into memory, how large one may be.</summary>
internal static class LargestBatch
{
    /// <summary>Most pictures of a step that fits beside what the device holds; 0 where not even one does.</summary>
    /// <param name="device">Where it is to fit.</param>
    /// <param name="most">A number that does not fit.</param>
    /// <param name="step">Takes a step of some pictures; its arrays are released.</param>
    public static int Of(Device device, int most, Action<int> step)
    {
        int fits = 0;
        while (most - fits > 1)
        {
            int middle = (fits + most) / 2;
            if (Fits(device, middle, step))
                fits = middle;
            else
                most = middle;
        }
        return fits;
    }

    /// <summary>What the user is told.</summary>
    /// <param name="batch">The number of pictures that did not fit.</param>
    /// <param name="fits">The largest that does.</param>
    /// <param name="exception">What the device said.</param>
    public static GpuPoolException Failure(int batch, int fits, DeviceMemoryException exception) => new(
        ExitCode.OutOfMemory,
        string.Create(CultureInfo.InvariantCulture, $"{exception.Message}: a step of {batch} images does not fit, one of {fits} does"),
        fits > 0 ? string.Create(CultureInfo.InvariantCulture, $"Use a --batch of {fits} at most, or a device with more memory.") : "Use a smaller --size, or a device with more memory.");

    // A single value a channel cannot be normalised, with any memory.
    private static bool Fits(Device device, int pictures, Action<int> step)
    {
        device.Trim();
        using ArrayScope scope = device.OpenScope();
        try
        {
            step(pictures);
            return true;
        }
        catch (Exception exception) when (exception is DeviceMemoryException or ShapeException { Fault: ShapeFault.TooFewValues })
        {
            return false;
        }
    }
}
