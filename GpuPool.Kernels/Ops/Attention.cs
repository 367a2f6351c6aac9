using System.Numerics;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>Multi-head self-attention over the tokens of an image, without mask, dropout or projections: the core of MSA in the paper's Eq. 1.</summary>
/// <remarks>
/// Equation, for each image and head with queries q, keys k, values v (L, d): s[i,j] = q[i] . k[j], p[i,j] = exp((s[i,j] - m[i]) / sqrt(d)) r[i] with
/// m[i] = max_j s[i,j], or a score near it, and r[i] such that sum_j p[i,j] = 1; y[i] = sum_j p[i,j] v[j].
/// Gradient: with delta[i] = dy[i] . y[i] and ds[i,j] = p[i,j] (dy[i] . v[j] - delta[i]) / sqrt(d): dq[i] = sum_j ds[i,j] k[j],
/// dk[j] = sum_i ds[i,j] q[i], dv[j] = sum_i p[i,j] dy[i].
/// Kept: m and r, (N, heads, L) each. p is computed again where it is needed and never stored as a map (Dao et al., FlashAttention, 2022).
/// Shapes: qkv (N, L, 3E) holds q, k and v side by side; y (N, L, E). Head h owns channels [h d, (h + 1) d) of each, d = E / heads.
/// Errors: ShapeException where 3E is no multiple of 3 heads. NaN or +infinity in a row of s, or nothing but -infinity, makes that row of y NaN.
/// </remarks>
/// <param name="Heads">Number of heads, at least 1.</param>
public sealed record Attention(int Heads) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Shape qkv = inputs[0];
        Require.Rank(Name, "qkv", qkv, "N, L, 3E");
        Require.That(Heads >= 1 && qkv.Channels > 0 && qkv.Channels % (3 * Heads) == 0, Name, "qkv", qkv, $"(N, L, 3E) with E a multiple of {Heads} heads");
        return qkv.WithChannels(qkv.Channels / 3);
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputs) => 2L * inputs[0][1] * inputs[0].Count / 3;

    /// <inheritdoc/>
    public override CostPart Part => CostPart.Attention;

    internal override void Forward<T, R>(ForwardCall call)
    {
        var rows = new Shape(call.Output.Shape[0], Heads, call.Output.Shape[1]);
        DeviceArray maximum = call.Save(rows), inverse = call.Save(rows);
        call.Device.Launch(new AttentionForward<T, R>
        {
            Tokens = Tokens<T, R>(call.Input(0)),
            Y = call.Output.View<T>(),
            Maximum = maximum.View<T>(),
            Inverse = inverse.View<T>(),
        });
        if (!call.Keep)
            call.DisposeSaved();
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        Shape rows = call.Saved(0).Shape;
        AttentionTokens<T, R> tokens = Tokens<T, R>(call.Input(0));
        using DeviceArray delta = call.Scratch(rows);
        call.Device.Launch(new AttentionDelta<T, R>
        {
            Tokens = tokens,
            Y = call.Output.View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Delta = delta.View<T>(),
        });
        call.Device.Launch(new AttentionBackward<T, R>
        {
            Tokens = tokens,
            OutputGradient = call.OutputGradient.View<T>(),
            Maximum = call.Saved(0).View<T>(),
            Inverse = call.Saved(1).View<T>(),
            Delta = delta.View<T>(),
            Gradient = call.Gradient(0).View<T>(),
        });
    }

    private AttentionTokens<T, R> Tokens<T, R>(DeviceArray qkv) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        new() { Qkv = qkv.View<T>(), Heads = Heads, Length = qkv.Shape[1], Depth = qkv.Shape.Channels / (3 * Heads) };
}
