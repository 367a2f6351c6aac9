using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct AttentionForward<T, R>
{
    // Sums of weights up to which the largest score of the first keys serves for all: far from infinity, and where nothing weighed so little that it was lost.
    private const int MostSum = 1 << 20;

    public readonly int Tiles => Tokens.Tiles;

    public readonly void RunTile(int tile)
    {
        (int row, int end) = Tokens.Tile(tile);
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(row, end);
        else
            Run<Vector256<T>, Lanes256<T>>(row, end);
    }

    // Queries in the lanes.
    private readonly unsafe void Run<V, L>(int row, int end) where V : struct where L : struct, ILanes<T, V>
    {
        int depth = Tokens.Depth, lanes = AttentionPanel<T, V, L>.Lanes;
        T factor = R.Of(AttentionPanel<T, V, L>.Logarithm(1 / Math.Sqrt(depth)));
        T* query = HostScratch.Rent<T>(0, (2 * depth + AttentionTokens<T, R>.Block + 3) * lanes);
        // The sum is the row behind the output: both are corrected at once.
        T* output = query + depth * lanes, sum = output + depth * lanes, origin = sum + lanes, free = origin + lanes;
        for (; row < end; row += lanes)
        {
            int count = Math.Min(lanes, end - row);
            AttentionPanel<T, V, L>.Pack(Tokens.Qkv.Pointer() + Tokens.Query(row), Tokens.Stride, count, depth, factor, query);
            Attend<V, L>(Tokens.First(row), query, output, sum, origin, free, raise: false);
            if (!AreAtMost(sum, count, R.Of(MostSum)))
                Attend<V, L>(Tokens.First(row), query, output, sum, origin, free, raise: true);
            for (int lane = 0; lane < lanes; lane++)
                sum[lane] = T.One / sum[lane];
            AttentionPanel<T, V, L>.Scale(output, depth, sum);
            AttentionPanel<T, V, L>.Unpack(output, T.One, Y.Pointer() + Tokens.Output(row), Tokens.Width, count, depth);
            T* maximum = Maximum.Pointer() + row;
            for (int lane = 0; lane < count; lane++)
                maximum[lane] = -origin[lane] / factor;
            new Span<T>(sum, count).CopyTo(new Span<T>(Inverse.Pointer() + row, count));
        }
    }

    // For each block of keys: scores relative to the origin; where that has moved, a correction of what was summed; weights; their sum and values added.
    private readonly unsafe void Attend<V, L>(int first, T* query, T* output, T* sum, T* origin, T* free, bool raise) where V : struct where L : struct, ILanes<T, V>
    {
        const int Block = AttentionTokens<T, R>.Block;
        int depth = Tokens.Depth, stride = Tokens.Stride, lanes = AttentionPanel<T, V, L>.Lanes;
        T* correction = free, weights = free + lanes, keys = Tokens.Qkv.Pointer() + Tokens.Key(first), values = keys + Tokens.Width;
        new Span<T>(output, (depth + 1) * lanes).Clear();
        new Span<T>(origin, lanes).Clear();
        for (int key = 0; key < Tokens.Length; key += Block)
        {
            int block = Math.Min(Block, Tokens.Length - key);
            if (key > 0 && !raise && block == Block)
                AttentionPanel<T, V, L>.MultiplyAndWeigh(origin, keys + key * stride, stride, query, weights, block, depth, sum);
            else
            {
                AttentionPanel<T, V, L>.Multiply(keys + key * stride, stride, 1, query, origin, 0, weights, block, depth);
                if (key == 0 || raise)
                {
                    AttentionPanel<T, V, L>.Raise(weights, block, key == 0 ? double.NegativeInfinity : 0, origin, correction);
                    if (key > 0)
                        AttentionPanel<T, V, L>.Scale(output, depth + 1, correction);
                }
                AttentionPanel<T, V, L>.Weigh(weights, block, sum);
            }
            AttentionPanel<T, V, L>.Multiply(values + key * stride, 1, stride, weights, output, lanes, output, depth, block);
        }
    }

    // Not so where one is NaN.
    private static unsafe bool AreAtMost(T* values, int count, T bound)
    {
        bool all = true;
        for (int i = 0; i < count; i++)
            all &= values[i] <= bound;
        return all;
    }
}
