using GpuPool.Kernels;

namespace GpuPool.Samples;

/// <summary>y = x sigmoid(beta x), with a beta for each channel: x (..., C), beta (C), y the shape of x.</summary>
public sealed record Swish : HostOp
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 2);
        Require.Same(Name, "beta", inputs[1], new Shape(inputs[0].Channels), "(C)");
        return inputs[0];
    }

    /// <inheritdoc/>
    protected override void Forward<T>(HostForward<T> call)
    {
        ReadOnlySpan<T> x = call.Input(0), beta = call.Input(1);
        Span<T> y = call.Output;
        for (int i = 0; i < x.Length; i++)
            y[i] = x[i] / (T.One + T.Exp(-beta[i % beta.Length] * x[i]));
    }

    /// <inheritdoc/>
    protected override void Backward<T>(HostBackward<T> call)
    {
        ReadOnlySpan<T> x = call.Input(0), beta = call.Input(1), dy = call.OutputGradient;
        Span<T> dx = call.Wants(0) ? call.Gradient(0) : [], dbeta = call.Wants(1) ? call.Gradient(1) : [];
        dbeta.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            int channel = i % beta.Length;
            T sigmoid = T.One / (T.One + T.Exp(-beta[channel] * x[i])), slope = sigmoid * (T.One - sigmoid);
            if (!dx.IsEmpty)
                dx[i] = dy[i] * (sigmoid + x[i] * beta[channel] * slope);
            if (!dbeta.IsEmpty)
                dbeta[channel] += dy[i] * x[i] * x[i] * slope;
        }
    }
}
