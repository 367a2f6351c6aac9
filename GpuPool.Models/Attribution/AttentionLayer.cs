using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Attribution;

/// <summary>The attention of one picture in one pool: queries and keys of its tokens, from which any row of weights is computed.</summary>
/// <param name="Name">Name of the module.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="Rows">Rows of tokens.</param>
/// <param name="Columns">Columns of tokens.</param>
/// <param name="Projected">(Rows * Columns, 3 E) queries, keys and values side by side, as <see cref="Attention"/> takes them.</param>
public sealed record AttentionLayer(string Name, int Heads, int Rows, int Columns, double[] Projected)
{
    /// <summary>Number of tokens.</summary>
    public int Tokens => Rows * Columns;

    private int Width => Projected.Length / Tokens;

    private int Depth => Width / (3 * Heads);

    /// <summary>The attention of every self-attentive pool of a module, in the order in which they run; none where it has no such pool.</summary>
    /// <param name="module">Images to logits, in evaluation.</param>
    /// <param name="image">One picture (1, H, W, C), normalised.</param>
    public static IReadOnlyList<AttentionLayer> Of(Module module, DeviceArray image)
    {
        ArgumentNullException.ThrowIfNull(module);
        using ArrayScope scope = image.Device.OpenScope();
        using Trace trace = Trace.Begin();
        // Where gradients are off, a module gives back what it computes on the way.
        module.Call(Tensor.Leaf(image, requiresGradient: true));
        return
        [
            .. from part in module.Modules
               where part.Module is PatchAttention
               let ops = trace.Ops.Where(op => op.Frame?.IsWithin(part.Module) == true).ToArray()
               let grid = ops[0].Output.Shape
               let attention = ops.Single(op => op.Op is Attention)
               select new AttentionLayer(part.Name, ((Attention)attention.Op).Heads, grid[1], grid[2], attention.Inputs[0].Value.ToDoubles()),
        ];
    }

    /// <summary>Where a token looks: softmax over all tokens of q . k / sqrt(depth).</summary>
    /// <param name="head">Number of the head.</param>
    /// <param name="token">Number of the token, row by row.</param>
    public Heatmap Row(int head, int token)
    {
        ReadOnlySpan<double> query = Projected.AsSpan(token * Width + head * Depth, Depth);
        double[] weights = new double[Tokens];
        double most = double.NegativeInfinity, sum = 0;
        for (int key = 0; key < weights.Length; key++)
        {
            double dot = 0;
            for (int i = 0, place = key * Width + Width / 3 + head * Depth; i < query.Length; i++)
                dot += query[i] * Projected[place + i];
            weights[key] = dot / Math.Sqrt(Depth);
            most = Math.Max(most, weights[key]);
        }
        for (int key = 0; key < weights.Length; key++)
            sum += weights[key] = Math.Exp(weights[key] - most);
        for (int key = 0; key < weights.Length; key++)
            weights[key] /= sum;
        return new Heatmap(Rows, Columns, weights);
    }

    /// <summary>How local a head is, as means over all tokens.</summary>
    public AttentionSpread Spread(int head)
    {
        double entropy = 0, distance = 0, uniform = 0;
        for (int token = 0; token < Tokens; token++)
        {
            double[] weights = Row(head, token).Values;
            for (int key = 0; key < weights.Length; key++)
            {
                double apart = double.Hypot(key / Columns - token / Columns, key % Columns - token % Columns);
                if (weights[key] > 0)
                    entropy -= weights[key] * Math.Log(weights[key]);
                distance += weights[key] * apart;
                uniform += apart / Tokens;
            }
        }
        return new AttentionSpread(Tokens > 1 ? entropy / Tokens / Math.Log(Tokens) : 1, distance / Tokens, uniform / Tokens);
    }
}

/// <summary>How local attention is.</summary>
/// <param name="Entropy">Of a token's weights, as a share of that of equal weights: 1 for equal weights, 0 where one token has all.</param>
/// <param name="Distance">From a token to those that it looks at, by their weights, in tokens.</param>
/// <param name="UniformDistance">The same for equal weights.</param>
public sealed record AttentionSpread(double Entropy, double Distance, double UniformDistance);
