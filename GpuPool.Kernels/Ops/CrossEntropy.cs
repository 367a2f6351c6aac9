namespace GpuPool.Kernels.Ops;

/// <summary>Negative log-likelihood of the right class of each row under the softmax of its logits, times a weight; its <see cref="Sum"/>, scaled, is a loss with a divisor.</summary>
/// <remarks>
/// Equation: y[n] = w[n] (l[n] - x[n, label[n]]) with l[n] = ln sum_k exp(x[n,k]), taken after subtracting the row maximum.
/// Gradient: dx[n,k] = dy[n] w[n] (exp(x[n,k] - l[n]) - [k = label[n]]); none for labels and weights. Kept: l, (N).
/// A row of weight 0 takes no part, whatever its logits and its label: so rows are ignored. In another one a label that is no class number makes y NaN.
/// Shapes: x (N, K); labels (N), class numbers 0 to K - 1 in the element type; w (N), without which all weights are 1; y (N), in nats. N may be 0.
/// <see cref="SoftmaxCrossEntropy"/> is the mean of all rows.
/// </remarks>
public sealed record CrossEntropy : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 3);
        Require.Rank(Name, "x", inputs[0], "N, K");
        Require.That(inputs[0][1] > 0, Name, "x", inputs[0], "(N, K) with K >= 1");
        var rows = new Shape(inputs[0][0]);
        Require.Same(Name, "labels", inputs[1], rows, "(N)");
        if (inputs.Length > 2)
            Require.Same(Name, "w", inputs[2], rows, "(N)");
        return rows;
    }

    internal override void Forward<T, R>(ForwardCall call)
    {
        Shape rows = call.Input(1).Shape;
        DeviceArray logSum = call.Keep ? call.Save(rows) : call.Scratch(rows);
        call.Device.Launch(new SoftmaxCrossEntropyRow<T, R>
        {
            X = call.Input(0).View<T>(),
            Labels = call.Input(1).View<T>(),
            Weights = call.InputCount > 2 ? call.Input(2).View<T>() : default,
            LogSum = logSum.View<T>(),
            Losses = call.Output.View<T>(),
            Classes = call.Input(0).Shape.Channels,
        });
        if (!call.Keep)
            logSum.Dispose();
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        if (!call.Wants(0))
            return;
        call.Device.Launch(new SoftmaxCrossEntropyBackward<T, R>
        {
            X = call.Input(0).View<T>(),
            Labels = call.Input(1).View<T>(),
            Weights = call.InputCount > 2 ? call.Input(2).View<T>() : default,
            LogSum = call.Saved(0).View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.Gradient(0).View<T>(),
            Classes = call.Input(0).Shape.Channels,
            Divisor = 1,
        });
    }
}
