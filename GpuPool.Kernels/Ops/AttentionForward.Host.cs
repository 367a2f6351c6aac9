using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct AttentionForward<T, R>
{
    public readonly int Tiles => Tokens.Tiles;

    public readonly void RunTile(int tile)
    {
        (int row, int end) = Tokens.Tile(tile);
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(row, end);
        else
            Run<Vector256<T>, Lanes256<T>>(row, end);
    }

    // Queries in the lanes. For each block of keys: scores; the maximum and the sum so far, what was summed corrected for the new maximum; values added.
    private readonly unsafe void Run<V, L>(int row, int end) where V : struct where L : struct, ILanes<T, V>
    {
        const int Block = AttentionTokens<T, R>.Block;
        int depth = Tokens.Depth, stride = Tokens.Stride, lanes = AttentionPanel<T, V, L>.Lanes, first = Tokens.First(row);
        double scale = 1 / Math.Sqrt(depth);
        T* query = HostScratch.Rent<T>(0, (2 * depth + Block + 3) * lanes);
        // The sum is the row behind the output: both are corrected at once.
        T* output = query + depth * lanes, sum = output + depth * lanes, maximum = sum + lanes, correction = maximum + lanes, weights = correction + lanes;
        T* qkv = Tokens.Qkv.Pointer(), keys = qkv + Tokens.Key(first), values = qkv + Tokens.Value(first);
        for (; row < end; row += lanes)
        {
            int count = Math.Min(lanes, end - row);
            AttentionPanel<T, V, L>.Pack(qkv + Tokens.Query(row), stride, count, depth, query);
            new Span<T>(output, (depth + 1) * lanes).Clear();
            new Span<T>(maximum, lanes).Fill(R.Of(double.NegativeInfinity));
            for (int key = 0; key < Tokens.Length; key += Block)
            {
                int block = Math.Min(Block, Tokens.Length - key);
                AttentionPanel<T, V, L>.Multiply(keys + key * stride, stride, 1, query, weights, block, depth, accumulate: false);
                AttentionPanel<T, V, L>.Raise(weights, block, scale, maximum, correction);
                AttentionPanel<T, V, L>.Scale(output, depth + 1, correction);
                AttentionPanel<T, V, L>.Weigh(weights, block, scale, maximum, sum);
                AttentionPanel<T, V, L>.Multiply(values + key * stride, 1, stride, weights, output, depth, block, accumulate: true);
            }
            for (int lane = 0; lane < lanes; lane++)
                sum[lane] = T.One / sum[lane];
            AttentionPanel<T, V, L>.Scale(output, depth, sum);
            AttentionPanel<T, V, L>.Unpack(output, T.One, Y.Pointer() + Tokens.Output(row), Tokens.Width, count, depth);
            new Span<T>(maximum, count).CopyTo(new Span<T>(Maximum.Pointer() + row, count));
            new Span<T>(sum, count).CopyTo(new Span<T>(Inverse.Pointer() + row, count));
        }
    }
}
