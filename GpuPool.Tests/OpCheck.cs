using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests;

/// <summary>What the tests of an op share: gradients against differences, runs in float64, and the error of many numbers.</summary>
public static class OpCheck
{
    // Sums of some hundred products in another order.
    public const double Float32Tolerance = 2e-5;
    public const double Float64Tolerance = 1e-12;

    /// <summary>Output and gradients (of a fixed seed) of the host bodies equal those of the portable bodies, relative to the norm.</summary>
    public static void HostEqualsPortable(Func<Op> op, params (Shape Shape, double[] Values)[] inputs)
    {
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            double[][] host = Run(op(), type, true, inputs), portable = Run(op(), type, false, inputs);
            double tolerance = type == DType.Float32 ? Float32Tolerance : Float64Tolerance;
            for (int index = 0; index < host.Length; index++)
                Assert.That(RelativeError(host[index], portable[index]), Is.NoMoreThan(tolerance), $"{op()} {type} {(index == 0 ? "output" : $"gradient {index - 1}")}");
        }
    }

    /// <summary>Output and gradients (of a fixed seed) of the group bodies, however small the arrays, equal those of the portable bodies, relative to the norm.</summary>
    public static void GroupsEqualPortable(Func<Op> op, params (Shape Shape, double[] Values)[] inputs)
    {
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            double[][] groups = [], portable = Run(op(), type, false, inputs);
            Groups(() => groups = Run(op(), type, false, inputs));
            double tolerance = type == DType.Float32 ? Float32Tolerance : Float64Tolerance;
            for (int index = 0; index < groups.Length; index++)
                Assert.That(RelativeError(groups[index], portable[index]), Is.NoMoreThan(tolerance), $"{op()} {type} {(index == 0 ? "output" : $"gradient {index - 1}")}");
        }
    }

    /// <summary>Runs with group bodies wherever a kernel has one.</summary>
    public static void Groups(Action action) => Body.Groups.Run(_ => action());

    /// <summary>Gradients equal central differences in float64, with host bodies and with portable bodies.</summary>
    public static void Gradients(Func<Op> op, params (Shape Shape, double[] Values)[] inputs) => Gradients(op, new GradientCheck(), inputs);

    /// <summary>Gradients equal central differences in float64, with host bodies and with portable bodies.</summary>
    public static void Gradients(Func<Op> op, GradientCheck check, params (Shape Shape, double[] Values)[] inputs)
    {
        Assert.That(check.Run(Devices.Cpu, x => Tape.Record(op(), x), inputs), Is.Null, $"{op()} host");
        Portable(() => Assert.That((check with { MostElements = 6 }).Run(Devices.Cpu, x => Tape.Record(op(), x), inputs), Is.Null, $"{op()} portable"));
    }

    /// <summary>Runs with portable bodies only: those of C#, or in another form that the run of tests was started with.</summary>
    public static void Portable(Action action) => Body.Portable.Run(_ => action());

    /// <summary>Output in float64.</summary>
    public static double[] Forward(Op op, params (Shape Shape, double[] Values)[] inputs)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        return op.Forward([.. inputs.Select(input => Devices.Cpu.Upload(input.Shape, input.Values, DType.Float64))], keep: false).Output.ToDoubles();
    }

    /// <summary>Gradients of all inputs in float64, for this gradient of the output.</summary>
    public static double[][] Backward(Op op, double[] outputGradient, params (Shape Shape, double[] Values)[] inputs)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] arrays = [.. inputs.Select(input => Devices.Cpu.Upload(input.Shape, input.Values, DType.Float64))];
        OpResult result = op.Forward(arrays, keep: true);
        DeviceArray dy = Devices.Cpu.Upload(result.Output.Shape, outputGradient, DType.Float64);
        return [.. op.Backward(arrays, result, dy, [.. arrays.Select(_ => true)]).Select(gradient => gradient!.ToDoubles())];
    }

    /// <summary>Norm of the difference over the norm of the expected values, or over 1e-30 where these vanish.</summary>
    public static double RelativeError(double[] actual, double[] expected)
    {
        double difference = 0, norm = 0;
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < actual.Length; i++)
        {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return difference == 0 ? 0 : Math.Sqrt(difference) / Math.Max(Math.Sqrt(norm), 1e-30);
    }

    private static double[][] Run(Op op, DType type, bool host, (Shape Shape, double[] Values)[] inputs)
    {
        double[][] results = [];
        void Compute()
        {
            using ArrayScope scope = Devices.Cpu.OpenScope();
            DeviceArray[] arrays = [.. inputs.Select(input => Devices.Cpu.Upload(input.Shape, input.Values, type))];
            OpResult result = op.Forward(arrays, keep: true);
            DeviceArray seed = Devices.Cpu.Upload(result.Output.Shape, Draw.Normal(result.Output.Shape.Count, 99), type);
            DeviceArray?[] gradients = op.Backward(arrays, result, seed, [.. arrays.Select(_ => true)]);
            results = [result.Output.ToDoubles(), .. gradients.Select(gradient => gradient?.ToDoubles() ?? [])];
        }
        if (host)
            Compute();
        else
            Portable(Compute);
        return results;
    }
}
