using System.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>One thread: delta and dq of one query.</summary>
internal partial struct AttentionBackwardQuery<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public AttentionTokens<T, R> Tokens;
    public ArrayView<T> Y, OutputGradient, Maximum, Inverse, Delta, Gradient;

    public readonly int Count => Maximum.IntLength;

    public readonly void Run(int row)
    {
        ArrayView<T> qkv = Tokens.Qkv;
        int query = Tokens.Query(row), key = Tokens.Key(Tokens.First(row)), y = Tokens.Output(row);
        T delta = Tokens.Dot(OutputGradient, y, Y, y);
        Delta[row] = delta;
        for (int c = 0; c < Tokens.Depth; c++)
            Gradient[query + c] = R.Of(0);
        for (int j = key; j < key + Tokens.Length * Tokens.Stride; j += Tokens.Stride)
        {
            T weight = Tokens.Weight(Tokens.Dot(qkv, query, qkv, j), Maximum[row]) * Inverse[row];
            T slope = weight * (Tokens.Dot(OutputGradient, y, qkv, j + Tokens.Width) - delta) * Tokens.Scale;
            for (int c = 0; c < Tokens.Depth; c++)
                Gradient[query + c] += slope * qkv[j + c];
        }
    }
}

/// <summary>One thread: dk and dv of one key. Runs after <see cref="AttentionBackwardQuery{T, R}"/>, whose delta it reads.</summary>
internal partial struct AttentionBackwardKey<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public AttentionTokens<T, R> Tokens;
    public ArrayView<T> OutputGradient, Maximum, Inverse, Delta, Gradient;

    public readonly int Count => Maximum.IntLength;

    public readonly void Run(int row)
    {
        ArrayView<T> qkv = Tokens.Qkv;
        int key = Tokens.Key(row), value = Tokens.Value(row), first = Tokens.First(row), query = Tokens.Query(first), y = Tokens.Output(first);
        for (int c = 0; c < Tokens.Depth; c++)
        {
            Gradient[key + c] = R.Of(0);
            Gradient[value + c] = R.Of(0);
        }
        for (int i = first; i < first + Tokens.Length; i++)
        {
            T weight = Tokens.Weight(Tokens.Dot(qkv, query, qkv, key), Maximum[i]) * Inverse[i];
            T slope = weight * (Tokens.Dot(OutputGradient, y, qkv, value) - Delta[i]) * Tokens.Scale;
            for (int c = 0; c < Tokens.Depth; c++)
            {
                Gradient[key + c] += slope * qkv[query + c];
                Gradient[value + c] += weight * OutputGradient[y + c];
            }
            query += Tokens.Stride;
            y += Tokens.Width;
        }
    }
}
