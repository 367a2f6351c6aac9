using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Models.Recordings;

/// <summary>Pooling modules of the paper as chains of equations in plain C#, in the paper's order: nothing of the modules' own code computes here.</summary>
/// <param name="States">Weights and running statistics in our layouts, under the released code's names.</param>
/// <param name="Training">Whether batch norm takes the statistics of the batch.</param>
internal sealed record PlainPool(IReadOnlyDictionary<string, Map> States, bool Training)
{
    private const string Logit = "logit.pool_weight.";

    /// <summary>The running statistics after the call.</summary>
    public Dictionary<string, double[]> Statistics { get; } = [];

    public Map Average(Map x, int stride) => Apply(new AveragePool2d(new(stride, stride)), Equations.AveragePool2d, x);

    public Map Max(Map x, int stride) => Apply(new MaxPool2d(new(stride, stride)), Equations.MaxPool2d, x);

    /// <summary>LIP as in the paper's rows: scores of a 1x1 convolution and batch norm.</summary>
    public Map LocalImportance(Map x, int stride) =>
        Apply(new WeightedPool2d(new(stride, stride)), Equations.WeightedPool2d, x, BatchNorm($"{Logit}logit.1", Convolve($"{Logit}logit.0", x, 1)));

    /// <summary>Self-attentive pooling with nearest up-sampling: patches, position, attention, up-sampling, restoration, weighted mean.</summary>
    public Map SelfAttentive(Map x, int stride, int patch, int heads)
    {
        Map tokens = BatchNorm($"{Logit}downsample.1", Convolve($"{Logit}downsample.0", x, patch), Activation.Relu);
        Shape grid = tokens.Shape;
        tokens = Apply(new PositionEmbedding(), Equations.PositionEmbedding, tokens, States[$"{Logit}pos_embed.row_embed.weight"], States[$"{Logit}pos_embed.col_embed.weight"]);
        Map qkv = Linear($"{Logit}multihead_attn.in_proj_", tokens with { Shape = new Shape(grid[0], grid[1] * grid[2], grid[3]) });
        Map attended = Linear($"{Logit}multihead_attn.out_proj.", Apply(new Attention(heads), Equations.Attention, qkv)) with { Shape = grid };
        Map restored = Apply(new Upsample(x.Shape[1], x.Shape[2], Interpolation.Nearest), Equations.Upsample, attended);
        return Apply(new WeightedPool2d(new(stride, stride)), Equations.WeightedPool2d, x, BatchNorm($"{Logit}restore.1", Convolve($"{Logit}restore.0", restored, 1)));
    }

    private Map Convolve(string name, Map x, int side) => Apply(new Conv2d(new(side, side)), Equations.Conv2d, x, States[$"{name}.weight"], States[$"{name}.bias"]);

    private Map Linear(string prefix, Map x) => Apply(new Linear(), Equations.Linear, x, States[$"{prefix}weight"], States[$"{prefix}bias"]);

    private Map BatchNorm(string name, Map x, Activation activation = Activation.None)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] mean = Values($"{name}.running_mean"), variance = Values($"{name}.running_var");
        var statistics = new BatchNormStatistics(Devices.Cpu.Upload(new Shape(mean.Length), mean), Devices.Cpu.Upload(new Shape(mean.Length), variance));
        if (Training)
            Learn(name, x, mean, variance);
        return Apply(new BatchNorm(statistics, Training, activation), Equations.BatchNorm, x, States[$"{name}.weight"], States[$"{name}.bias"]);
    }

    // A tenth of the batch, whose variance is the unbiased one.
    private void Learn(string name, Map x, double[] mean, double[] variance)
    {
        for (int channel = 0; channel < mean.Length; channel++)
        {
            double[] values = [.. x.Rows.Select(row => row[channel].Value)];
            double average = values.Average(), spread = values.Sum(value => (value - average) * (value - average)) / (values.Length - 1);
            (mean[channel], variance[channel]) = (0.9 * mean[channel] + 0.1 * average, 0.9 * variance[channel] + 0.1 * spread);
        }
        (Statistics[$"{name}.running_mean"], Statistics[$"{name}.running_var"]) = (mean, variance);
    }

    private double[] Values(string name) => [.. States[name].Values.Select(value => value.Value)];

    private static Map Apply<O>(O op, Func<O, Map[], Shape, IEnumerable<Scalar>> equation, params Map[] inputs) where O : Op
    {
        Shape y = op.Infer([.. inputs.Select(input => input.Shape)]);
        return new Map(y, [.. equation(op, inputs, y)]);
    }
}
