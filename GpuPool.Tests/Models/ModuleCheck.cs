using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Tests.Models;

/// <summary>
/// What every module is held to: gradients of its input and of all its parameters, and the same numbers from host and portable bodies. Each call is
/// training step 0, so that it draws the same random numbers.
/// </summary>
public static class ModuleCheck
{
    private const double Step = 6e-6, Absolute = 1e-8, Relative = 1e-6;
    private const int MostElements = 12;

    /// <summary>Gradients of input and parameters, which must be float64, equal central differences of a weighted sum of the outputs, on the device of the module or on the CPU.</summary>
    public static void Gradients(Module module, Shape shape, double[] x, Device? on = null)
    {
        Device device = on ?? Devices.Cpu;
        using ArrayScope scope = device.OpenScope();
        DeviceArray input = device.Upload(shape, x);
        (double[] gradient, Dictionary<string, double[]> gradients) = Backward(module, input);
        double[] still = Weighted(module, input);
        Compare("the input", input, gradient);
        foreach ((string name, Parameter parameter) in module.Parameters)
            Compare(name, parameter.Value, gradients[name]);

        void Compare(string name, DeviceArray array, double[] actual)
        {
            double[] values = array.ToDoubles();
            int samples = Math.Min(values.Length, MostElements);
            for (int sample = 0; sample < samples; sample++)
            {
                int element = (int)((long)sample * values.Length / samples);
                // Five points: with two, the curvature of a weight's exponential or the rounding of large outputs would cost more than is allowed.
                double difference = (8 * (Moved(Step) - Moved(-Step)) - (Moved(2 * Step) - Moved(-2 * Step))) / (12 * Step);
                Assert.That(actual[element], Is.EqualTo(difference).Within(Absolute + Relative * Math.Abs(difference)), $"{name}, element {element}");

                double Moved(double step)
                {
                    double[] moved = [.. values];
                    moved[element] += step;
                    array.CopyFrom(moved);
                    double change = Weighted(module, input).Zip(still, (after, before) => after - before).Sum();
                    array.CopyFrom(values);
                    return change;
                }
            }
        }
    }

    /// <summary>Output and gradients of the host bodies equal those of the portable bodies.</summary>
    public static void HostEqualsPortable(Module module, Shape shape, double[] x)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray input = Devices.Cpu.Upload(shape, x);
        double[] host = Flat(), portable = [];
        OpCheck.Portable(() => portable = Flat());
        Assert.That(OpCheck.RelativeError(host, portable), Is.NoMoreThan(OpCheck.Float64Tolerance));

        double[] Flat()
        {
            (double[] gradient, Dictionary<string, double[]> gradients) = Backward(module, input);
            return [.. Weighted(module, input), .. gradient, .. gradients.Values.SelectMany(values => values)];
        }
    }

    /// <summary>Output without a graph.</summary>
    public static double[] Run(Module module, Shape shape, double[] x)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using IDisposable off = GradientMode.Off();
        return module.Call(Tensor.Leaf(Devices.Cpu.Upload(shape, x))).Value.ToDoubles();
    }

    private static (double[] Input, Dictionary<string, double[]> Parameters) Backward(Module module, DeviceArray input)
    {
        using ArrayScope scope = input.Device.OpenScope();
        module.ResumeAt(0);
        Tensor x = Tensor.Leaf(input, requiresGradient: true), y = module.Call(x);
        y.Backward(input.Device.Upload(y.Shape, Weights(y.Shape.Count), DType.Float64));
        double[] gradient = x.Gradient!.ToDoubles();
        x.Gradient.Dispose();
        var gradients = new Dictionary<string, double[]>();
        foreach ((string name, Parameter parameter) in module.Parameters)
        {
            // A parameter may have no part in evaluation.
            Assert.That(parameter.Gradient is not null || !module.Training, name);
            gradients[name] = parameter.Gradient?.ToDoubles() ?? new double[parameter.Shape.Count];
            parameter.ClearGradient();
        }
        return (gradient, gradients);
    }

    private static double[] Weighted(Module module, DeviceArray input)
    {
        using ArrayScope scope = input.Device.OpenScope();
        using IDisposable off = GradientMode.Off();
        module.ResumeAt(0);
        double[] y = module.Call(Tensor.Leaf(input)).Value.ToDoubles();
        return [.. y.Zip(Weights(y.Length), (value, weight) => value * weight)];
    }

    private static double[] Weights(int count) => Draw.Normal(count, 77);
}
