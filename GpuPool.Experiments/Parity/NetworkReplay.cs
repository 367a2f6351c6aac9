using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Parity;

/// <summary>Replays some steps of training a whole network on one batch, in float32: logits, gradients of the first step, losses.</summary>
/// <remarks>
/// Training such a small batch is chaotic. An element of a map that is zero up to rounding decides by its sign whether a gradient passes the ReLU, so that even
/// the first gradients differ by about 1 % between two correct implementations, and a change of one unit in the last place of the weights moves the
/// third loss by some percent. So each replay is repeated with weights changed by rounding errors, and where these move a tensor by more than its fixed
/// tolerance, a few times that distance is what is tolerated. A fault of the method stays far outside: it shows in logits and first losses, which rounding hardly moves.
/// </remarks>
internal static class NetworkReplay
{
    private const double LogitTolerance = 1e-3, GradientTolerance = 1e-2, EarlyLossTolerance = 1e-3, LossTolerance = 2e-2;
    private const int EarlyLosses = 3;

    // A bias before a batch norm has no gradient in exact arithmetic; rounding in float32 leaves up to some 1e-4 of its weight's gradient.
    private const double Vanishing = 1e-3;

    // Replays with changed weights, the relative size of the change, and how many times their distance is tolerated.
    private const int Repetitions = 4;
    private const double Rounding = 1.0 / (1 << 21);
    private const double Margin = 4;

    private const double LearningRate = 0.01;

    /// <summary>Replays the recorded steps and returns the worst tensor.</summary>
    public static ReplayedTensor Run(Device device, Recording recording)
    {
        ReplayedTensor[] tensors = [.. Replay(device, recording, null)];
        ReplayedTensor[][] moved = [.. Enumerable.Range(0, Repetitions).Select(seed => Replay(device, recording, new Random(seed)).ToArray())];
        return ReplayedTensor.Worst(tensors.Select((tensor, index) =>
            tensor with { Tolerance = Math.Max(tensor.Tolerance, Margin * moved.Max(replay => tensor.DistanceTo(replay[index]))) }));
    }

    private static List<ReplayedTensor> Replay(Device device, Recording recording, Random? rounding)
    {
        using ArrayScope scope = device.OpenScope();
        var options = new NetworkOptions(recording.Number("num_classes", fallback: 10), recording.Number("width_mult", fallback: 1.0));
        using Network network = Network.Create(device, Architecture.Parse(recording.Required("architecture")), options);
        recording.LoadState(network);
        if (rounding is not null)
            Change(network, rounding);
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
                tensors.AddRange(recording.Gradients(network, GradientTolerance, name => Scale(recording, name)));
            }
            tensors.Add(new(
                string.Create(CultureInfo.InvariantCulture, $"losses[{step}]"), [loss.Item()], [losses[step]], step < EarlyLosses ? EarlyLossTolerance : LossTolerance));
            optimiser.Step();
        }
        return tensors;
    }

    private static void Change(Network network, Random random)
    {
        foreach ((_, Parameter parameter) in network.Parameters)
            parameter.Value.CopyFrom(Array.ConvertAll(parameter.Value.ToDoubles(), value => value * (1 + Rounding * (2 * random.NextDouble() - 1))));
    }

    private static double[] Logits(Network network, Tensor x)
    {
        network.Training = false;
        using IDisposable off = GradientMode.Off();
        return network.Call(x).Value.ToDoubles();
    }

    private static (double Norm, double Scale) Scale(Recording recording, string gradient)
    {
        if (!gradient.EndsWith("bias", StringComparison.Ordinal))
            return (0, 0);
        double scale = ReplayedTensor.Norm(recording.Values(gradient[..^"bias".Length] + "weight"));
        return (Vanishing * scale, scale);
    }
}
