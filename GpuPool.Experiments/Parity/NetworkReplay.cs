using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Parity;

/// <summary>Replays some steps of training a whole network on one batch, in float32: logits, gradients of the first step, losses.</summary>
/// <remarks>
/// Training so small a batch is chaotic: batch norm over a few values, and units that are zero up to rounding and pass a gradient or not by their sign. Measured on such
/// recordings, weights changed by half a unit in the last place move the second loss by up to 1 %, the third by up to 7 % and the last by half, and in float64 a change of 1e-10
/// still moves the sixth by 10 %. No implementation that rounds otherwise than the recording one can stay within the fixed tolerances of the later losses. So each replay is
/// repeated with weights changed by half a unit in the last place, and where that moves a tensor by more than its fixed tolerance, a few times the distance is what is
/// tolerated; the result says so. A fault of the method shows all the same, in the logits, the first loss and the gradients of the first step, which rounding hardly moves.
/// </remarks>
internal static class NetworkReplay
{
    // A single ReLU of a late map that flips moves the gradients before it by 1 or 2 %; a wrong formula moves them by all of their size.
    private const double LogitTolerance = 1e-3, GradientTolerance = 5e-2, EarlyLossTolerance = 1e-3, LossTolerance = 2e-2;
    private const int EarlyLosses = 3;

    // A bias before a batch norm has no gradient in exact arithmetic; rounding in float32 leaves up to some 1e-4 of its weight's gradient.
    private const double Vanishing = 1e-3;

    // Replays with changed weights.
    private const int Repetitions = 16;

    private const double LearningRate = 0.01;

    /// <summary>Replays the recorded steps and returns the worst tensor.</summary>
    public static ReplayedTensor Run(Device device, Recording recording) =>
        ReplayedTensor.Worst(RoundingTolerance.Of(rounding => Replay(device, recording, rounding), Repetitions));

    private static List<ReplayedTensor> Replay(Device device, Recording recording, Random? rounding)
    {
        using ArrayScope scope = device.OpenScope();
        var options = new NetworkOptions(recording.Number("num_classes", fallback: 10), recording.Number("width_mult", fallback: 1.0));
        using Network network = Network.Create(device, Architecture.Parse(recording.Required("architecture")), options);
        recording.LoadState(network);
        if (rounding is not null)
            RoundingTolerance.Change(network, rounding);
        Tensor x = recording.Map(device, "input", DType.Float32);
        x.RequiresGradient = false;
        double[] labels = Array.ConvertAll(recording.Integers("labels"), label => (double)label);
        Tensor targets = Tensor.Leaf(device.Upload(new Shape(labels.Length), labels, DType.Float32));

        List<ReplayedTensor> tensors = [new("logits.eval", Logits(network, x), recording.Values("logits.eval"), LogitTolerance)];
        network.Training = true;
        using var optimiser = new Sgd(network.Parameters, LearningRate);
        double[] losses = recording.Values("losses");
        for (int step = 0; step < losses.Length; step++)
        {
            using ArrayScope stepScope = device.OpenScope();
            Tensor logits = network.Call(x), loss = logits.SoftmaxCrossEntropy(targets);
            loss.Backward();
            if (step == 0)
            {
                tensors.Add(new("logits.train", logits.Value.ToDoubles(), recording.Values("logits.train"), LogitTolerance));
                tensors.AddRange(recording.Gradients(network, GradientTolerance, name => Scale(recording, network, name)));
            }
            tensors.Add(new(
                string.Create(CultureInfo.InvariantCulture, $"losses[{step}]"), [loss.Item()], [losses[step]], step < EarlyLosses ? EarlyLossTolerance : LossTolerance));
            optimiser.Step();
        }
        return tensors;
    }

    private static double[] Logits(Network network, Tensor x)
    {
        network.Training = false;
        using IDisposable off = GradientMode.Off();
        return network.Call(x).Value.ToDoubles();
    }

    // Where the gradient of the weight was not recorded, ours is as large.
    private static (double Norm, double Scale) Scale(Recording recording, Network network, string gradient)
    {
        if (!gradient.EndsWith("bias", StringComparison.Ordinal))
            return (0, 0);
        string weight = gradient[..^"bias".Length] + "weight";
        if (recording.Has(weight))
            return Scale(recording.Values(weight));
        return network.Parameters.FirstOrDefault(entry => Recording.Gradient + entry.Name == weight).Parameter is { } ours ? Scale(ours.Gradient!.ToDoubles()) : (0, 0);
    }

    private static (double Norm, double Scale) Scale(double[] weightGradient)
    {
        double scale = ReplayedTensor.Norm(weightGradient);
        return (Vanishing * scale, scale);
    }
}
