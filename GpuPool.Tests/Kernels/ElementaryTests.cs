using System.Globalization;
using System.Numerics;
using System.Runtime.Intrinsics;
using GpuPool.Kernels;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Tests.Kernels;

/// <summary>Each elementary function against a reference in double over a million points, and its bodies against each other, bit for bit.</summary>
public sealed class ElementaryTests
{
    private const int Points = 1 << 20;
    private const double Float32Ulps = 2, Float64Relative = 1e-15;

    private static readonly Dictionary<string, Check> s_checks = new()
    {
        ["Exp"] = new Check<ExpFunction>(),
        ["Log"] = new Check<LogFunction>(),
        ["Log1p"] = new Check<Log1pFunction>(),
        ["Sigmoid"] = new Check<SigmoidFunction>(),
        ["Softplus"] = new Check<SoftplusFunction>(),
        ["Tanh"] = new Check<TanhFunction>(),
    };

    private static IEnumerable<string> Names => s_checks.Keys;

    [Test]
    public void Float32_is_within_two_units_in_the_last_place([ValueSource(nameof(Names))] string name)
    {
        (double error, double at) = s_checks[name].WorstFloat32();
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {error:F3} ulp at {at:G9}"));
        Assert.That(error, Is.NoMoreThan(Float32Ulps), $"{name} at {at:G9}");
    }

    [Test]
    public void Float64_is_within_a_few_units_in_the_last_place([ValueSource(nameof(Names))] string name)
    {
        (double error, double at) = s_checks[name].WorstFloat64();
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {error:G3} relative at {at:G17}"));
        Assert.That(error, Is.NoMoreThan(Float64Relative), $"{name} at {at:G17}");
    }

    [Test]
    public void Vectors_equal_scalars_bit_for_bit([ValueSource(nameof(Names))] string name) =>
        Assert.That(s_checks[name].FirstVectorDifference(), Is.Null);

    [Test]
    public void A_launched_kernel_equals_scalars_bit_for_bit([ValueSource(nameof(Names))] string name) =>
        Assert.That(s_checks[name].FirstLaunchedDifference(), Is.Null);

    [TestCase("Exp", double.PositiveInfinity, 0, 1)]
    [TestCase("Log", double.PositiveInfinity, double.NaN, double.NegativeInfinity)]
    [TestCase("Log1p", double.PositiveInfinity, double.NaN, 0)]
    [TestCase("Sigmoid", 1, 0, 0.5)]
    [TestCase("Softplus", double.PositiveInfinity, 0, 0.69314718055994529)]
    [TestCase("Tanh", 1, -1, 0)]
    public void Limits_are_reached(string name, double atInfinity, double atMinusInfinity, double atZero)
    {
        foreach (Func<double, double> function in new[] { s_checks[name].Float64, x => s_checks[name].Float32((float)x) })
        {
            Assert.That(function(double.PositiveInfinity), Is.EqualTo(atInfinity));
            Assert.That(function(double.NegativeInfinity), Is.EqualTo(atMinusInfinity));
            Assert.That(function(0), Is.EqualTo(atZero).Within(1e-7));
        }
    }

    [Test]
    public void Every_bit_pattern_of_NaN_stays_NaN([ValueSource(nameof(Names))] string name)
    {
        for (int payload = 1; payload < 1 << 23; payload += payload < 300 ? 1 : 9973)
        {
            Assert.That(float.IsNaN(s_checks[name].Float32(BitConverter.Int32BitsToSingle(0x7f800000 | payload))));
            Assert.That(double.IsNaN(s_checks[name].Float64(BitConverter.UInt64BitsToDouble(0x7ff0000000000000UL + (ulong)payload))));
        }
    }

    internal interface IFunction
    {
        /// <summary>Half of the points are spread evenly up to here, on both sides of 0; the other half over all bit patterns.</summary>
        static abstract double Range { get; }

        static abstract double Reference(double x);

        static abstract V Of<V, F>(V x) where V : struct where F : struct, IFormula<V>;
    }

    internal readonly struct ExpFunction : IFunction
    {
        public static double Range => 100;

        public static double Reference(double x) => Math.Exp(x);

        public static V Of<V, F>(V x) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Exp(x);
    }

    internal readonly struct LogFunction : IFunction
    {
        public static double Range => 3;

        public static double Reference(double x) => Math.Log(x);

        public static V Of<V, F>(V x) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Log(x);
    }

    internal readonly struct Log1pFunction : IFunction
    {
        public static double Range => 3;

        // Kahan: the rounding of w = 1 + x cancels in ln w / (w - 1).
        public static double Reference(double x)
        {
            double w = 1 + x;
            return w == 1 || double.IsPositiveInfinity(w) ? x : w == 0 ? double.NegativeInfinity : Math.Log(w) * (x / (w - 1));
        }

        public static V Of<V, F>(V x) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Log1p(x);
    }

    internal readonly struct SigmoidFunction : IFunction
    {
        public static double Range => 100;

        public static double Reference(double x) => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x));

        public static V Of<V, F>(V x) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Sigmoid(x);
    }

    internal readonly struct SoftplusFunction : IFunction
    {
        public static double Range => 100;

        public static double Reference(double x) => Math.Max(x, 0) + Log1pFunction.Reference(Math.Exp(-Math.Abs(x)));

        public static V Of<V, F>(V x) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Softplus(x);
    }

    internal readonly struct TanhFunction : IFunction
    {
        public static double Range => 10;

        public static double Reference(double x) => Math.Tanh(x);

        public static V Of<V, F>(V x) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Tanh(x);
    }

    /// <summary>One thread: one value.</summary>
    internal struct Launched<T, R, Fn> : IKernel where T : unmanaged, INumber<T> where R : struct, IReal<T> where Fn : struct, IFunction
    {
        public ArrayView<T> X, Y;

        public readonly int Count => X.IntLength;

        public readonly void Run(int index) => Y[index] = Fn.Of<T, R>(X[index]);
    }

    private abstract class Check
    {
        public abstract float Float32(float x);

        public abstract double Float64(double x);

        public abstract (double Error, double At) WorstFloat32();

        public abstract (double Error, double At) WorstFloat64();

        public abstract string? FirstVectorDifference();

        public abstract string? FirstLaunchedDifference();
    }

    private sealed class Check<Fn> : Check where Fn : struct, IFunction
    {
        public override float Float32(float x) => Fn.Of<float, Real32>(x);

        public override double Float64(double x) => Fn.Of<double, Real64>(x);

        public override (double Error, double At) WorstFloat32() => Worst(Singles().Select(x => (double)x), x => Error(Float32((float)x), Fn.Reference(x)));

        public override (double Error, double At) WorstFloat64() => Worst(Doubles(), x => RelativeError(Float64(x), Fn.Reference(x)));

        public override string? FirstVectorDifference()
        {
            float[] singles = [.. Singles()];
            double[] doubles = [.. Doubles()];
            float[] single = Array.ConvertAll(singles, Float32);
            double[] @double = Array.ConvertAll(doubles, Float64);
            return FirstDifference(singles, single, Vector<float, Vector512<float>, Lanes512<float>>(singles))
                ?? FirstDifference(singles, single, Vector<float, Vector256<float>, Lanes256<float>>(singles))
                ?? FirstDifference(doubles, @double, Vector<double, Vector512<double>, Lanes512<double>>(doubles))
                ?? FirstDifference(doubles, @double, Vector<double, Vector256<double>, Lanes256<double>>(doubles));
        }

        public override string? FirstLaunchedDifference()
        {
            float[] singles = [.. Singles().Where((_, index) => index % 4999 == 0)];
            double[] doubles = [.. Doubles().Where((_, index) => index % 4999 == 0)];
            using ArrayScope scope = Devices.Cpu.OpenScope();
            DeviceArray x = Devices.Cpu.Upload(new Shape(singles.Length), singles), y = Devices.Cpu.Allocate(x.Shape);
            Devices.Cpu.Launch(new Launched<float, Real32, Fn> { X = x.View<float>(), Y = y.View<float>() });
            DeviceArray u = Devices.Cpu.Upload(new Shape(doubles.Length), doubles), v = Devices.Cpu.Allocate(u.Shape, DType.Float64);
            Devices.Cpu.Launch(new Launched<double, Real64, Fn> { X = u.View<double>(), Y = v.View<double>() });
            return FirstDifference(singles, Array.ConvertAll(singles, Float32), y.ToFloats())
                ?? FirstDifference(doubles, Array.ConvertAll(doubles, Float64), v.ToDoubles());
        }

        private static IEnumerable<float> Singles()
        {
            for (int i = 0; i < Points / 2; i++)
                yield return BitConverter.UInt32BitsToSingle((uint)i * 8191u);
            for (int i = 0; i < Points / 2; i++)
                yield return (float)((i * 4.0 / Points - 1) * Fn.Range);
            foreach (float edge in new[] { -87.33655f, -87.33654f, 88.72283f, 88.72284f, 20f, 22f, 1f, -1f, float.MaxValue, float.MinValue, float.Epsilon })
            {
                yield return MathF.BitDecrement(edge);
                yield return edge;
                yield return MathF.BitIncrement(edge);
            }
        }

        private static IEnumerable<double> Doubles()
        {
            for (int i = 0; i < Points / 2; i++)
                yield return BitConverter.UInt64BitsToDouble((ulong)i * 35184372088831UL);
            for (int i = 0; i < Points / 2; i++)
                yield return (i * 4.0 / Points - 1) * Fn.Range;
            foreach (double edge in new[] { -708.3964185322641, 709.782712893384, 20, 22, 44, 1, -1, double.MaxValue, double.MinValue, double.Epsilon })
            {
                yield return Math.BitDecrement(edge);
                yield return edge;
                yield return Math.BitIncrement(edge);
            }
        }

        private static unsafe T[] Vector<T, V, L>(T[] x) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
        {
            T[] padded = [.. x, .. new T[L.Count]];
            fixed (T* p = padded)
            {
                for (int i = 0; i < x.Length; i += L.Count)
                    L.Store(p + i, Fn.Of<V, L>(L.Load(p + i)));
            }
            return padded[..x.Length];
        }

        private static (double Error, double At) Worst(IEnumerable<double> points, Func<double, double> error)
        {
            (double Error, double At) worst = (0, 0);
            foreach (double x in points)
            {
                double e = error(x);
                if (!(e <= worst.Error))
                    worst = (e, x);
            }
            return worst;
        }

        // In units of the last place of the reference. What both sides call infinite or NaN agrees; below the normal numbers 0 is allowed.
        private static double Error(float actual, double reference)
        {
            if (float.IsNaN(actual) || !float.IsFinite((float)reference))
                return actual.Equals((float)reference) ? 0 : double.PositiveInfinity;
            if (actual == 0 && Math.Abs(reference) < 1.1754944e-38)
                return 0;
            return Math.Abs(actual - reference) / Math.ScaleB(1, Math.Max(Math.ILogB(reference), -126) - 23);
        }

        private static double RelativeError(double actual, double reference)
        {
            if (double.IsNaN(actual) || !double.IsFinite(reference))
                return actual.Equals(reference) ? 0 : double.PositiveInfinity;
            if (Math.Abs(reference) < 2.2250738585072014e-308)
                return Math.Abs(actual) < 2.3e-308 ? 0 : double.PositiveInfinity;
            return Math.Abs(actual - reference) / Math.Abs(reference);
        }

        private static string? FirstDifference<T>(T[] x, T[] expected, T[] actual) where T : INumber<T>
        {
            for (int i = 0; i < x.Length; i++)
            {
                if (!expected[i].Equals(actual[i]) || (T.IsNegative(expected[i]) != T.IsNegative(actual[i]) && !T.IsNaN(actual[i])))
                    return string.Create(CultureInfo.InvariantCulture, $"{typeof(T).Name} at {x[i]}: {expected[i]} and {actual[i]}");
            }
            return null;
        }
    }
}
