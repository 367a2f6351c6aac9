using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>One thread: y, m and r of one query.</summary>
internal partial struct AttentionForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public AttentionTokens<T, R> Tokens;
    public ArrayView<T> Y, Maximum, Inverse;

    public readonly int Count => Maximum.IntLength;

    public readonly void Run(int row)
    {
        ArrayView<T> qkv = Tokens.Qkv;
        int query = Tokens.Query(row), key = Tokens.Key(Tokens.First(row)), value = key + Tokens.Width, y = Tokens.Output(row);
        int end = key + Tokens.Length * Tokens.Stride;
        T maximum = Tokens.Dot(qkv, query, qkv, key);
        for (int j = key + Tokens.Stride; j < end; j += Tokens.Stride)
        {
            T score = Tokens.Dot(qkv, query, qkv, j);
            maximum = R.IfLess(maximum, score, score, maximum);
        }
        for (int c = 0; c < Tokens.Depth; c++)
            Y[y + c] = R.Of(0);
        T sum = R.Of(0);
        for (int j = 0; j < Tokens.Length * Tokens.Stride; j += Tokens.Stride)
        {
            T weight = Tokens.Weight(Tokens.Dot(qkv, query, qkv, key + j), maximum);
            sum += weight;
            for (int c = 0; c < Tokens.Depth; c++)
                Y[y + c] += weight * qkv[value + j + c];
        }
        T inverse = R.Of(1) / sum;
        for (int c = 0; c < Tokens.Depth; c++)
            Y[y + c] *= inverse;
        Maximum[row] = maximum;
        Inverse[row] = inverse;
    }
}
