using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Matrix;

public static partial class Equations
{
    public static IEnumerable<Scalar> BatchNorm(BatchNorm op, Map[] inputs, Shape y)
    {
        (Map x, Map gamma, Map beta) = (inputs[0], inputs[1], inputs[2]);
        double[] runningMean = op.Statistics.Mean.ToDoubles(), runningVariance = op.Statistics.Variance.ToDoubles();
        (Scalar Mean, Scalar Deviation)[] moments = [.. Enumerable.Range(0, y.Channels).Select(channel => op.Training
            ? Moments([.. x.Rows.Select(row => row[channel])], op.Statistics.Epsilon)
            : (runningMean[channel], Math.Sqrt(runningVariance[channel] + op.Statistics.Epsilon)))];
        (double lower, double upper) = op.Activation switch
        {
            Activation.Relu => (0, double.PositiveInfinity),
            Activation.Relu6 => (0, 6),
            _ => (double.NegativeInfinity, double.PositiveInfinity),
        };
        return x.Values.Select((value, index) =>
        {
            (Scalar mean, Scalar deviation) = moments[index % y.Channels];
            Scalar result = gamma[index % y.Channels] * ((value - mean) / deviation) + beta[index % y.Channels];
            return Scalar.Clamp(inputs.Length > 3 ? result + inputs[3][index] : result, lower, upper);
        });
    }

    public static IEnumerable<Scalar> InstanceNorm(InstanceNorm op, Map[] inputs, Shape y)
    {
        Map x = inputs[0];
        int pixels = y[1] * y[2], channels = y[3];
        (Scalar Mean, Scalar Deviation)[] moments = [.. Enumerable.Range(0, y[0] * channels).Select(plane =>
            Moments([.. Enumerable.Range(0, pixels).Select(pixel => x[(plane / channels * pixels + pixel) * channels + plane % channels])], op.Epsilon))];
        return x.Values.Select((value, index) =>
        {
            (Scalar mean, Scalar deviation) = moments[index / (pixels * channels) * channels + index % channels];
            return inputs[1][index % channels] * ((value - mean) / deviation) + inputs[2][index % channels];
        });
    }

    public static IEnumerable<Scalar> LayerNorm(LayerNorm op, Map[] inputs, Shape y) => inputs[0].Rows.SelectMany(row =>
    {
        (Scalar mean, Scalar deviation) = Moments(row, op.Epsilon);
        return row.Select((value, channel) => inputs[1][channel] * ((value - mean) / deviation) + inputs[2][channel]);
    });

    public static IEnumerable<Scalar> UnitNorm(UnitNorm op, Map[] inputs, Shape y) => inputs[0].Rows.SelectMany(row =>
    {
        Scalar length = Scalar.Clamp(Scalar.Sqrt(Scalar.Sum(row.Select(value => value * value))), op.Epsilon, double.PositiveInfinity);
        return row.Select(value => value / length);
    });

    public static IEnumerable<Scalar> Softmax(Softmax op, Map[] inputs, Shape y) => inputs[0].Rows.SelectMany(row =>
    {
        Scalar[] exponentials = [.. row.Select(Scalar.Exp)];
        Scalar sum = Scalar.Sum(exponentials);
        return exponentials.Select(exponential => exponential / sum);
    });

    public static IEnumerable<Scalar> SoftmaxCrossEntropy(SoftmaxCrossEntropy op, Map[] inputs, Shape y) =>
        [Scalar.Mean([.. LogLikelihoods(inputs)])];

    public static IEnumerable<Scalar> CrossEntropy(CrossEntropy op, Map[] inputs, Shape y) =>
        LogLikelihoods(inputs).Select((loss, n) => inputs.Length > 2 ? inputs[2][n].Value * loss : loss);

    private static IEnumerable<Scalar> LogLikelihoods(Map[] inputs) =>
        inputs[0].Rows.Select((row, n) => Scalar.Log(Scalar.Sum(row.Select(Scalar.Exp))) - row[(int)inputs[1][n].Value]);

    private static (Scalar Mean, Scalar Deviation) Moments(Scalar[] values, double epsilon)
    {
        Scalar mean = Scalar.Mean(values);
        return (mean, Scalar.Sqrt(Scalar.Mean([.. values.Select(value => (value - mean) * (value - mean))]) + epsilon));
    }
}
