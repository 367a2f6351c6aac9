using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Samples;

/// <summary>A self-attentive pool in a network of one's own, trained to tell rows from columns.</summary>
public static class OwnNetwork
{
    private const int Size = 16, Batch = 8, Steps = 30;

    /// <summary>Trains it.</summary>
    /// <returns>0 where the loss has fallen below half of the first.</returns>
    public static int Main()
    {
        using Device device = DeviceChoice.Auto.Open();
        using Sequential network = Sequential.Of(
        [
            new Conv2dLayer(3, 16, new Window(3, 1, 1)),
            new BatchNormLayer(16),
            new ReluLayer(),
            SelfAttentiveLogit.Pool(16, new Window(2, 2), new SelfAttentiveOptions(Patch: 2, Heads: 2)),
            new GlobalAveragePoolLayer(),
            new LinearLayer(16, 2),
        ]);
        network.Allocate(device);
        using var optimiser = new Adam(network.Parameters, learningRate: 0.01);
        network.Training = true;
        double[] losses = [.. Enumerable.Range(0, Steps).Select(step => Step(device, network, optimiser, new Random(step)))];
        Console.WriteLine(FormattableString.Invariant($"loss {losses[0]:F3} at first, {losses[^1]:F3} after {Steps} steps"));
        return losses[^1] < losses[0] / 2 ? 0 : 1;
    }

    private static double Step(Device device, Module network, Optimizer optimiser, Random random)
    {
        using ArrayScope scope = device.OpenScope();
        float[] labels = [.. Enumerable.Range(0, Batch).Select(_ => (float)random.Next(2))];
        float[] images = [.. Enumerable.Range(0, Batch * Size * Size * 3).Select(place => Pixel(random, labels[place / (Size * Size * 3)], place / (Size * 3), place / 3))];
        Tensor x = Tensor.Leaf(device.Upload(new Shape(Batch, Size, Size, 3), images));
        Tensor loss = network.Call(x).SoftmaxCrossEntropy(Tensor.Leaf(device.Upload(new Shape(Batch), labels)));
        loss.Backward();
        optimiser.Step();
        return loss.Item();
    }

    // Every other row or column is brighter.
    private static float Pixel(Random random, float label, int row, int column) => random.NextSingle() + (label == 0 ? row : column) % 2;
}
