using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>One thread: delta of one query.</summary>
[Sums]
internal partial struct AttentionDelta<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public AttentionTokens<T, R> Tokens;
    public ArrayView<T> Y, OutputGradient, Delta;

    public readonly int Count => Delta.IntLength;

    public readonly void Run(int row) => Delta[row] = Tokens.Dot(OutputGradient, Tokens.Output(row), Y, Tokens.Output(row));
}

/// <summary>One thread: dq of one query, or dk and dv of one key.</summary>
internal partial struct AttentionBackward<T, R> : IStagedHostKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public AttentionTokens<T, R> Tokens;
    public ArrayView<T> OutputGradient, Maximum, Inverse, Delta, Gradient;

    private readonly int Rows => Delta.IntLength;

    public readonly int Count => 2 * Rows;

    public readonly void Run(int index)
    {
        if (index < Rows)
            RunQuery(index);
        else
            RunKey(index - Rows);
    }

    private readonly void RunQuery(int row)
    {
        ArrayView<T> qkv = Tokens.Qkv;
        int query = Tokens.Query(row), y = Tokens.Output(row), first = Tokens.First(row), key = Tokens.Key(first), value = Tokens.Value(first);
        for (int c = 0; c < Tokens.Depth; c++)
            Gradient[query + c] = R.Of(0);
        for (int j = 0; j < Tokens.Length * Tokens.Stride; j += Tokens.Stride)
        {
            T weight = Tokens.Weight(Tokens.Dot(qkv, query, qkv, key + j), Maximum[row]) * Inverse[row];
            T slope = weight * (Tokens.Dot(OutputGradient, y, qkv, value + j) - Delta[row]) * Tokens.Scale;
            for (int c = 0; c < Tokens.Depth; c++)
                Gradient[query + c] += slope * qkv[key + j + c];
        }
    }

    private readonly void RunKey(int row)
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
