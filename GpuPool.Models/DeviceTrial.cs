using System.Diagnostics;
using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models;

/// <summary>Training steps of a small network on a device, beside the same on the processor: whether it computes the same, and which is faster.</summary>
/// <param name="Error">Relative error of loss and gradients of the first step, as of one vector, in float32.</param>
/// <param name="Seconds">Time of a step on the device: the best of two, after one in which kernels are built.</param>
/// <param name="ProcessorSeconds">Time of a step on the processor.</param>
public sealed record DeviceTrial(double Error, double Seconds, double ProcessorSeconds)
{
    /// <summary>Largest acceptable error. Where rounding errors move activations over a kink, gradients move by a percent or two; those of a wrong kernel are off by about 1.</summary>
    public const double Tolerance = 5e-2;

    private const int Images = 8, Side = 64, Steps = 2;

    private static readonly Architecture s_architecture = Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121");

    private static readonly NetworkOptions s_options = new(Classes: 10, Width: 0.35);

    /// <summary>Whether it computes what the processor computes.</summary>
    public bool Agrees => Error <= Tolerance;

    /// <summary>Why the processor is the better choice; null where the device is.</summary>
    public string? Fault =>
        !Agrees ? string.Create(CultureInfo.InvariantCulture, $"its training step is off by {Error:0.0e-0} of the processor's")
        : Seconds >= ProcessorSeconds ? string.Create(CultureInfo.InvariantCulture, $"a training step takes {1e3 * Seconds:F1} ms there and {1e3 * ProcessorSeconds:F1} ms on the processor")
        : null;

    /// <summary>Tries a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="processor">The processor, with the threads that it would have.</param>
    public static DeviceTrial Run(Device device, Device processor)
    {
        (double[] numbers, double seconds) = Train(device);
        (double[] expected, double processorSeconds) = Train(processor);
        double difference = 0, norm = 0;
        for (int index = 0; index < expected.Length; index++)
        {
            difference += (numbers[index] - expected[index]) * (numbers[index] - expected[index]);
            norm += expected[index] * expected[index];
        }
        return new DeviceTrial(Math.Sqrt(difference / norm), seconds, processorSeconds);
    }

    /// <summary>Loss and gradients of the first step, and the time of the fastest of those after it.</summary>
    private static (double[] Numbers, double Seconds) Train(Device device)
    {
        var shape = new Shape(Images, Side, Side, Network.ImageChannels);
        float[] images = [.. Enumerable.Range(0, shape.Count).Select(index => MathF.Sin(index) + MathF.Cos(0.37f * index))];
        float[] labels = [.. Enumerable.Range(0, Images).Select(image => (float)(image % s_options.Classes))];
        using Network network = Network.Create(device, s_architecture, s_options);
        using var optimiser = new Sgd(network.Parameters, learningRate: 1e-3);
        network.Training = true;
        double[] numbers = [];
        double seconds = double.PositiveInfinity;
        for (int step = 0; step <= Steps; step++)
        {
            using ArrayScope scope = device.OpenScope();
            device.Synchronize();
            long start = Stopwatch.GetTimestamp();
            Tensor loss = network.Call(Tensor.Leaf(device.Upload(shape, images))).SoftmaxCrossEntropy(Tensor.Leaf(device.Upload(new Shape(Images), labels)));
            loss.Backward();
            if (step == 0)
                numbers = [loss.Item(), .. network.Parameters.SelectMany(entry => entry.Parameter.Gradient!.ToDoubles())];
            optimiser.Step();
            device.Synchronize();
            if (step > 0)
                seconds = Math.Min(seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return (numbers, seconds);
    }
}
