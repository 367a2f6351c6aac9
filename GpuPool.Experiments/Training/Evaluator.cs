using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Training;

/// <summary>Loss and accuracy of a network on images that it was not trained on.</summary>
internal static class Evaluator
{
    /// <summary>Evaluates with running statistics, and leaves the network in training mode if it was.</summary>
    /// <param name="device">Where the network is.</param>
    /// <param name="network">The network.</param>
    /// <param name="images">The test images.</param>
    /// <param name="config">Says how the images are prepared, and how many are taken at a time; the result does not depend on the latter.</param>
    /// <param name="interrupt">Ends the evaluation after the current batch.</param>
    public static Score Run(Device device, Network network, IDataset images, TrainingConfig config, CancellationToken interrupt)
    {
        var loader = new BatchLoader(images, config.Preprocessing.Evaluation(config.Size), new BatchOptions(config.Batch, Training: false));
        bool training = network.Training;
        network.Training = false;
        var score = new Score();
        using (GradientMode.Off())
        {
            foreach (Batch next in loader.Epoch(0))
            {
                interrupt.ThrowIfCancellationRequested();
                using ArrayScope step = device.OpenScope();
                score = score.Add(next, Forward(device, network, next, out Tensor loss), loss.Item());
            }
        }
        network.Training = training;
        return score;
    }

    /// <summary>Logits and mean loss of a batch.</summary>
    public static Tensor Forward(Device device, Network network, Batch batch, out Tensor loss)
    {
        Tensor logits = network.Call(Tensor.Leaf(device.Upload(batch.Shape, batch.Images)));
        loss = logits.SoftmaxCrossEntropy(Tensor.Leaf(device.Upload(new Shape(batch.Count), Array.ConvertAll(batch.Labels, label => (float)label))));
        return logits;
    }
}

/// <summary>Sums over images that have been classified.</summary>
/// <param name="Images">Number of images.</param>
/// <param name="LossSum">Sum of their losses.</param>
/// <param name="Right">Number classified right.</param>
internal readonly record struct Score(int Images, double LossSum, int Right)
{
    /// <summary>Mean loss.</summary>
    public double Loss => LossSum / Images;

    /// <summary>Share classified right.</summary>
    public double Accuracy => (double)Right / Images;

    /// <summary>With the images of one more batch.</summary>
    public Score Add(Batch batch, Tensor logits, double meanLoss)
    {
        float[] values = logits.Value.ToFloats();
        int classes = logits.Shape.Channels, right = 0;
        for (int image = 0; image < batch.Count; image++)
        {
            // Of equal logits the first class counts, as in PyTorch's argmax.
            ReadOnlySpan<float> row = values.AsSpan(image * classes, classes);
            right += row.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(row)) == batch.Labels[image] ? 1 : 0;
        }
        return new Score(Images + batch.Count, LossSum + meanLoss * batch.Count, Right + right);
    }
}
