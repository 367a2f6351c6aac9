using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// Where the queries, keys and values of <see cref="Attention"/> lie in qkv (N, L, 3E). A row is one (image, head, token), counted as in (N, heads, L).
/// </summary>
internal partial struct AttentionTokens<T, R> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Qkv;
    public int Heads, Length, Depth;

    /// <summary>E</summary>
    public readonly int Width => Heads * Depth;

    /// <summary>Elements between one token and the next.</summary>
    public readonly int Stride => 3 * Width;

    /// <summary>1 / sqrt(d)</summary>
    public readonly T Scale => R.Of(1) / R.Sqrt(R.Of(Depth));

    /// <summary>Row of the first token of the same image and head.</summary>
    public readonly int First(int row) => row - row % Length;

    /// <summary>Offset of y[row] and dy[row] in (N, L, E).</summary>
    public readonly int Output(int row) => Token(row) * Width + row / Length % Heads * Depth;

    /// <summary>Offset of q[row].</summary>
    public readonly int Query(int row) => Token(row) * Stride + row / Length % Heads * Depth;

    /// <summary>Offset of k[row].</summary>
    public readonly int Key(int row) => Query(row) + Width;

    /// <summary>Offset of v[row].</summary>
    public readonly int Value(int row) => Query(row) + 2 * Width;

    /// <summary>Product of d elements of a and b.</summary>
    public readonly T Dot(ArrayView<T> a, int offsetA, ArrayView<T> b, int offsetB)
    {
        T sum = R.Of(0);
        for (int c = 0; c < Depth; c++)
            sum += a[offsetA + c] * b[offsetB + c];
        return sum;
    }

    /// <summary>exp((score - maximum) / sqrt(d))</summary>
    public readonly T Weight(T score, T maximum) => Elementary<T, R>.Exp((score - maximum) * Scale);

    private readonly int Token(int row) => row / (Heads * Length) * Length + row % Length;
}
