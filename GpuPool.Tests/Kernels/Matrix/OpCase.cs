using System.Globalization;
using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>An op with inputs and the gradient of its output, and what its equation makes of them.</summary>
public sealed class OpCase
{
    // Roundings of the terms of a number, in units of the last place, for sums of up to 20,000 terms and elementary functions of 2.
    private const double MostRoundings = 64;

    // Where a bound cuts a number that is closer than this, rounding errors decide which side it is on.
    private const double LeastKink = 1e-5;

    private static readonly ThreadLocal<Derivation> s_derivation = new(() => new Derivation());

    private readonly OpSample _sample;
    private readonly DType _type;
    private readonly double[] _seeds;
    private readonly Bounded[] _expected;
    private readonly string _name;

    private OpCase(string name, OpSample sample, DType type, double[] seeds, Bounded[] expected) =>
        (_name, _sample, _type, _seeds, _expected) = (name, sample, type, seeds, expected);

    public int InputCount => _sample.Inputs.Length;

    /// <summary>The case of a number; the same one always.</summary>
    public static OpCase Draw(OpRow row, int number, DType type)
    {
        for (int attempt = 0; ; attempt++)
        {
            OpSample sample = Round(row.Draw(new OpDraw(number + attempt * 1_000_003)), type);
            using ArrayScope scope = Devices.Cpu.OpenScope();
            Op op = sample.Op(Devices.Cpu, type);
            Shape shape = op.Infer([.. sample.Inputs.Select(input => input.Shape)]);
            Derivation derivation = s_derivation.Value!;
            derivation.Clear();
            Map[] inputs = [.. sample.Inputs.Select(input => derivation.Input(input.Shape, input.Values))];
            Scalar[] y = [.. row.Equation(op, inputs, shape)];
            if (derivation.NearestKink < LeastKink)
                continue;
            double[] seeds = Round(GpuPool.Tests.Draw.Normal(shape.Count, number + 1), type);
            derivation.Differentiate(y, seeds);
            return new OpCase($"{op.Name} {number}, {op} of {string.Join(", ", sample.Inputs.Select(input => input.Shape))} in {type}", sample, type, seeds,
                [Bounded.Of(y.Select(value => (value.Value, value.Magnitude)), row.SharesRoundings), .. inputs.Select(input => Bounded.Of(input.Values.Select(derivation.Gradient), row.SharesRoundings))]);
        }
    }

    /// <summary>
    /// Output and gradients of all inputs are those of the equation; and for each of some subsets of the inputs, numbered by their bits, exactly their
    /// gradients come, with the bits that they have when all come, and no memory stays behind.
    /// </summary>
    /// <param name="device">Where it is computed.</param>
    /// <param name="body">Name of the body in messages.</param>
    /// <param name="subsets">The subsets.</param>
    public void Check(Device device, string body, IEnumerable<int> subsets)
    {
        using ArrayScope scope = device.OpenScope();
        Op op = _sample.Op(device, _type);
        DeviceArray[] arrays = [.. _sample.Inputs.Select(input => device.Upload(input.Shape, input.Values, _type))];
        OpResult result = op.Forward(arrays, keep: true);
        double[] output = result.Output.ToDoubles();
        DeviceArray dy = device.Upload(result.Output.Shape, _seeds, _type);
        long live = device.LiveBytes;
        double[]?[] Gradients(bool[] wanted)
        {
            DeviceArray?[] gradients = op.Backward(arrays, result, dy, wanted);
            double[]?[] values = [.. gradients.Select(gradient => gradient?.ToDoubles())];
            foreach (DeviceArray? gradient in gradients)
                gradient?.Dispose();
            Assert.That(device.LiveBytes, Is.EqualTo(live), $"{_name}, {body}: memory kept behind the gradients");
            return values;
        }

        double[]?[] all = Gradients([.. arrays.Select(_ => true)]), actual = [output, .. all];
        double unit = Math.ScaleB(1, _type == DType.Float32 ? -24 : -53);
        for (int index = 0; index < actual.Length; index++)
            Assert.That(_expected[index].Fault(actual[index], MostRoundings * unit), Is.Null, $"{_name}, {body}, {(index == 0 ? "output" : $"gradient of input {index - 1}")}");
        foreach (int subset in subsets)
        {
            bool[] wanted = [.. arrays.Select((_, index) => (subset >> index & 1) == 1)];
            double[]?[] some = Gradients(wanted);
            for (int index = 0; index < arrays.Length; index++)
            {
                bool right = wanted[index] && all[index] is not null ? some[index] is { } gradient && gradient.AsSpan().SequenceEqual(all[index]) : some[index] is null;
                Assert.That(right, $"{_name}, {body}, gradient of input {index} where those of [{string.Join(", ", wanted)}] are wanted");
            }
        }
    }

    private static OpSample Round(OpSample sample, DType type) => sample with { Inputs = [.. sample.Inputs.Select(input => input with { Values = Round(input.Values, type) })] };

    private static double[] Round(double[] values, DType type) => type == DType.Float32 ? [.. values.Select(value => (double)(float)value)] : values;

    /// <summary>Values, and what their rounding errors are relative to.</summary>
    private sealed record Bounded(double[] Values, double[] Magnitudes)
    {
        public static Bounded Of(IEnumerable<(double Value, double Magnitude)> elements, bool sharesRoundings)
        {
            (double Value, double Magnitude)[] all = [.. elements];
            double largest = sharesRoundings ? all.Max(element => element.Magnitude) : 0;
            return new([.. all.Select(element => element.Value)], [.. all.Select(element => sharesRoundings ? largest : element.Magnitude)]);
        }

        /// <summary>The first element that is further off than this times its magnitude, or null. An input without a gradient has zeros.</summary>
        public string? Fault(double[]? actual, double tolerance)
        {
            if (actual is not null && actual.Length != Values.Length)
                return $"{actual.Length} elements and not {Values.Length}";
            for (int element = 0; element < Values.Length; element++)
            {
                double value = actual is null ? 0 : actual[element];
                if (!(Math.Abs(value - Values[element]) <= tolerance * Magnitudes[element]))
                    return string.Create(CultureInfo.InvariantCulture, $"element {element} of {Values.Length} is {value:G17} and not {Values[element]:G17} within {tolerance * Magnitudes[element]:G3}");
            }
            return null;
        }
    }
}
