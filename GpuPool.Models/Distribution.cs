using GpuPool.Kernels;

namespace GpuPool.Models;

/// <summary>What a tensor is filled with before training.</summary>
public readonly record struct Distribution
{
    // The stream of random numbers that only start values use.
    private const uint Stream = 0x696E6974;

    private readonly double _offset, _uniform, _normal;

    private Distribution(double offset, double uniform, double normal) => (_offset, _uniform, _normal) = (offset, uniform, normal);

    /// <summary>The same value everywhere.</summary>
    public static Distribution Constant(double value) => new(value, 0, 0);

    /// <summary>Uniform from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public static Distribution Uniform(double low, double high) => new(low, high - low, 0);

    /// <summary>Uniform within the bound on both sides of zero.</summary>
    public static Distribution Uniform(double bound) => Uniform(-bound, bound);

    /// <summary>Normal with mean 0.</summary>
    public static Distribution Normal(double deviation) => new(0, 0, deviation);

    /// <summary>Normal with mean 0 and variance 2 / (k² outputs), for the weight (k, k, .., outputs) of a convolution before a relu (He et al., 2015).</summary>
    public static Distribution FanOut(Shape weight) => Normal(Math.Sqrt(2.0 / (weight[0] * weight[1] * weight.Channels)));

    /// <summary>The values of one tensor of a network: the same for the same seed and place on every device.</summary>
    /// <param name="count">Number of elements.</param>
    /// <param name="seed">Seed of the network.</param>
    /// <param name="place">Number of the tensor in the network.</param>
    public double[] Draw(int count, ulong seed, uint place)
    {
        double[] values = new double[count];
        (double offset, double uniform, double normal) = (_offset, _uniform, _normal);
        Parallel.For(0, count, index => values[index] = offset
            + (uniform == 0 ? 0 : uniform * Philox.Uniform(seed, Stream, place, (uint)index))
            + (normal == 0 ? 0 : normal * Philox.Normal(seed, Stream, place, (uint)index)));
        return values;
    }
}
