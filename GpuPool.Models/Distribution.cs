using System.Buffers;
using System.Numerics.Tensors;
using GpuPool.Kernels;
using GpuPool.Kernels.Host;

namespace GpuPool.Models;

/// <summary>What a tensor is filled with before training.</summary>
public readonly record struct Distribution
{
    // The stream of random numbers that only start values use.
    private const uint Stream = 0x696E6974;

    // What one thread draws at a time, and what all draw between two copies to the device.
    private const int Piece = 8192, Pieces = 8;

    private readonly double _offset, _uniform, _normal;

    // In place of the offset.
    private readonly double[]? _repeated;

    private Distribution(double[] repeated) : this() => _repeated = repeated;

    private Distribution(double offset, double uniform, double normal) => (_offset, _uniform, _normal) = (offset, uniform, normal);

    /// <summary>The same value everywhere.</summary>
    public static Distribution Constant(double value) => new(value, 0, 0);

    /// <summary>These values over and over, as for a bias of several anchors.</summary>
    public static Distribution Repeated(params double[] values) => new(values);

    /// <summary>Uniform from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public static Distribution Uniform(double low, double high) => new(low, high - low, 0);

    /// <summary>Uniform within the bound on both sides of zero.</summary>
    public static Distribution Uniform(double bound) => Uniform(-bound, bound);

    /// <summary>Normal with mean 0.</summary>
    public static Distribution Normal(double deviation) => new(0, 0, deviation);

    /// <summary>Normal with mean 0 and variance 2 / (k² outputs), for the weight (k, k, .., outputs) of a convolution before a relu (He et al., 2015).</summary>
    public static Distribution FanOut(Shape weight) => Normal(Math.Sqrt(2.0 / (weight[0] * weight[1] * weight.Channels)));

    /// <summary>Normal with mean 0 and variance 2 / (k² inputs), for the weight (k, k, inputs, ..) of a convolution behind a relu (He et al., 2015).</summary>
    public static Distribution FanIn(Shape weight) => Normal(Math.Sqrt(2.0 / (weight[0] * weight[1] * weight[2])));

    /// <summary>Uniform with mean 0 and variance 2 / (inputs + outputs), the numbers that one output is made of and one input takes part in (Glorot and Bengio, 2010).</summary>
    public static Distribution Xavier(int inputs, int outputs) => Uniform(Math.Sqrt(6.0 / (inputs + outputs)));

    /// <summary>Fills one tensor of a network: the same for the same seed and place on every device.</summary>
    /// <param name="array">The tensor.</param>
    /// <param name="seed">Seed of the network.</param>
    /// <param name="place">Number of the tensor in the network.</param>
    public void Fill(DeviceArray array, ulong seed, uint place)
    {
        if (array.Device.Kind == DeviceKind.ShapeOnly)
            return;
        // In parts: whole start values in float64 would be the largest memory that an evaluation ever takes.
        int most = Math.Min(Piece * Pieces, array.Shape.Count);
        double[] values = ArrayPool<double>.Shared.Rent(most);
        for (int start = 0; start < array.Shape.Count; start += most)
        {
            int first = start, count = Math.Min(most, array.Shape.Count - start);
            Distribution distribution = this;
            Parallel.For(0, (count + Piece - 1) / Piece, piece =>
            {
                int begin = piece * Piece;
                distribution.Draw(seed, place, first + begin, values.AsSpan(begin, Math.Min(Piece, count - begin)));
            });
            array.CopyFrom(values.AsSpan(0, count), start);
        }
        ArrayPool<double>.Shared.Return(values);
    }

    private void Draw(ulong seed, uint place, int first, Span<double> values)
    {
        if (_repeated is { } repeated)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = repeated[(first + i) % repeated.Length];
            return;
        }
        if (_uniform != 0)
            PhiloxRun.Uniform(seed, Stream, place, (uint)first, values);
        else if (_normal != 0)
            PhiloxRun.Normal(seed, Stream, place, (uint)first, values);
        else
            values.Clear();
        TensorPrimitives.Multiply(values, _uniform + _normal, values);
        TensorPrimitives.Add(values, _offset, values);
    }
}
