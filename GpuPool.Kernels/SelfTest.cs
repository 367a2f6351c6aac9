using GpuPool.Kernels.Ops;

namespace GpuPool.Kernels;

/// <summary>Whether a device computes what plain C# computes: upload, two kernels, download. It finds a driver that starts and miscalculates.</summary>
public static class SelfTest
{
    /// <summary>Largest acceptable relative error in float32: our elementary functions are good to 2 ulp, 2.4e-7.</summary>
    public const double Tolerance = 1e-6;

    private const int Count = 1000;

    /// <summary>Computes exp(a + b) of a thousand fixed values and returns the norm of the difference over the norm of the expected values.</summary>
    public static double Run(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        float[] a = new float[Count], b = new float[Count];
        for (int index = 0; index < Count; index++)
            (a[index], b[index]) = (MathF.Sin(index), MathF.Cos(3 * index));
        using ArrayScope scope = device.OpenScope();
        var shape = new Shape(Count);
        DeviceArray sum = new Add().Forward([device.Upload(shape, a), device.Upload(shape, b)], keep: false).Output;
        double[] y = new Pointwise(PointwiseFunction.Exp).Forward([sum], keep: false).Output.ToDoubles();
        double difference = 0, norm = 0;
        for (int index = 0; index < Count; index++)
        {
            double expected = Math.Exp(a[index] + b[index]);
            difference += (y[index] - expected) * (y[index] - expected);
            norm += expected * expected;
        }
        return Math.Sqrt(difference / norm);
    }
}
