using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Attribution;

/// <summary>What one picture left in some layers, and how the logit of a class changes with it.</summary>
/// <param name="Logits">Before the softmax.</param>
/// <param name="Label">The class whose logit was differentiated.</param>
/// <param name="Maps">For each layer its map A and the gradient of the logit by A.</param>
public sealed record LayerPass(double[] Logits, int Label, IReadOnlyList<(MapLayer Layer, ChannelMap Map, ChannelMap Gradient)> Maps)
{
    /// <summary>The share of the class that a softmax gives it.</summary>
    public double Score => Math.Exp(Logits[Label] - Logits.Max()) / Logits.Sum(logit => Math.Exp(logit - Logits.Max()));

    /// <summary>Runs a picture through a module in evaluation, forwards and back.</summary>
    /// <param name="module">Images (1, H, W, C) to logits (1, classes).</param>
    /// <param name="image">The picture, normalised.</param>
    /// <param name="layers">Layers of the module.</param>
    /// <param name="choose">Chooses a class by the logits.</param>
    public static LayerPass Run(Module module, DeviceArray image, IReadOnlyList<MapLayer> layers, Func<double[], int> choose)
    {
        ArgumentNullException.ThrowIfNull(module);
        using ArrayScope scope = image.Device.OpenScope();
        using IDisposable alone = new InputAlone(module);
        using Trace trace = Trace.Begin();
        Tensor x = Tensor.Leaf(image, requiresGradient: true), logits = module.Call(x);
        double[] values = logits.Value.ToDoubles();
        int label = choose(values);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)label, (uint)values.Length, nameof(choose));
        TracedOp[] ops = [.. layers.Select(layer => layer.Find(trace.Ops))];
        foreach (TracedOp op in ops)
            op.Output.RetainGradient();
        double[] seed = new double[values.Length];
        seed[label] = 1;
        logits.Backward(image.Device.Upload(logits.Shape, seed, logits.DType));
        x.Gradient?.Dispose();
        var maps = layers.Zip(ops, (layer, op) => layer.IsWeights ? OfWeights(layer, op) : OfOutput(layer, op)).ToArray();
        foreach (Tensor output in ops.Select(op => op.Output).Distinct())
            output.Gradient?.Dispose();
        return new LayerPass(values, label, maps);
    }

    /// <summary>The class with the largest logit; of equal ones the first.</summary>
    public static int Predicted(double[] logits) => Array.IndexOf(logits, logits.Max());

    private static (MapLayer, ChannelMap, ChannelMap) OfOutput(MapLayer layer, TracedOp op) =>
        (layer, ChannelMap.Of(op.Output.Value), ChannelMap.Of(op.Output.Gradient!));

    // The pool has its weights within one op, where no gradient can be read: its mean is computed again from them, in steps.
    private static (MapLayer, ChannelMap, ChannelMap) OfWeights(MapLayer layer, TracedOp op)
    {
        var pool = (WeightedPool)layer.Module;
        Tensor x = Tensor.Leaf(op.Inputs[0].Value), weights = Tensor.Leaf(pool.Weights(Tensor.Leaf(op.Inputs[1].Value)).Value, requiresGradient: true);
        pool.Mean(x, weights).Backward(op.Output.Gradient!);
        ChannelMap gradient = ChannelMap.Of(weights.Gradient!);
        weights.Gradient!.Dispose();
        return (layer, ChannelMap.Of(weights.Value), gradient);
    }

    // Evaluation, and no gradients of parameters, which nobody wants here.
    private sealed class InputAlone : IDisposable
    {
        private readonly Module _module;
        private readonly bool _training;
        private readonly Parameter[] _parameters;

        public InputAlone(Module module)
        {
            (_module, _training) = (module, module.Training);
            _parameters = [.. module.Parameters.Select(entry => entry.Parameter).Where(parameter => parameter.RequiresGradient)];
            module.Training = false;
            Require(false);
        }

        public void Dispose()
        {
            _module.Training = _training;
            Require(true);
        }

        private void Require(bool gradient)
        {
            foreach (Parameter parameter in _parameters)
                parameter.RequiresGradient = gradient;
        }
    }
}
