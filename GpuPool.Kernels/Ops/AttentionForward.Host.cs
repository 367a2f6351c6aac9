using System.Runtime.Intrinsics;

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

    // Queries in the lanes. For each block of keys: scores, the maximum and the sum so far, what was summed rescaled to the new maximum, values added.
    private readonly unsafe void Run<V, L>(int row, int end) where V : struct where L : struct, ILanes<T, V>
    {
        int depth = Tokens.Depth, stride = Tokens.Stride, lanes = AttentionPanel<T, V, L>.Lanes, first = Tokens.First(row);
        T* query = HostScratch.Rent<T>(0, (2 * depth + AttentionTokens<T, R>.Block + 2) * lanes);
        T* output = query + depth * lanes, maximum = output + depth * lanes, sum = maximum + lanes, weights = sum + lanes;
        T* qkv = Tokens.Qkv.Pointer(), keys = qkv + Tokens.Key(first), values = qkv + Tokens.Value(first);
        for (; row < end; row += lanes)
        {
            int count = Math.Min(lanes, end - row);
            AttentionPanel<T, V, L>.Pack(qkv + Tokens.Query(row), stride, count, depth, query);
            new Span<T>(output, depth * lanes).Clear();
            new Span<T>(sum, lanes).Clear();
            new Span<T>(maximum, lanes).Fill(-T.One / T.Zero);
            for (int key = 0; key < Tokens.Length; key += AttentionTokens<T, R>.Block)
            {
                int block = Math.Min(AttentionTokens<T, R>.Block, Tokens.Length - key);
                AttentionPanel<T, V, L>.Multiply(keys + key * stride, stride, 1, query, weights, block, depth, accumulate: false);
                for (int lane = 0; lane < lanes; lane += L.Count)
                    Weigh<V, L>(weights + lane, block, maximum + lane, sum + lane, output + lane);
                AttentionPanel<T, V, L>.Multiply(values + key * stride, 1, stride, weights, output, depth, block, accumulate: true);
            }
            for (int lane = 0; lane < lanes; lane += L.Count)
            {
                V inverse = L.Divide(L.Of(1), L.Load(sum + lane));
                L.Store(sum + lane, inverse);
                for (int c = 0; c < depth; c++)
                    L.Store(output + c * lanes + lane, L.Multiply(inverse, L.Load(output + c * lanes + lane)));
            }
            AttentionPanel<T, V, L>.Unpack(output, T.One, Y.Pointer() + Tokens.Output(row), Tokens.Width, count, depth);
            new Span<T>(maximum, count).CopyTo(new Span<T>(Maximum.Pointer() + row, count));
            new Span<T>(sum, count).CopyTo(new Span<T>(Inverse.Pointer() + row, count));
        }
    }

    // One vector of queries.
    private readonly unsafe void Weigh<V, L>(T* weights, int block, T* maximum, T* sum, T* output) where V : struct where L : struct, ILanes<T, V>
    {
        int lanes = AttentionPanel<T, V, L>.Lanes;
        double scale = 1 / Math.Sqrt(Tokens.Depth);
        V before = L.Load(maximum), now = before;
        for (int j = 0; j < block; j++)
            now = L.Max(now, L.Load(weights + j * lanes));
        V factor = AttentionPanel<T, V, L>.Weight(before, now, scale), total = L.Multiply(factor, L.Load(sum));
        for (int j = 0; j < block; j++)
        {
            V weight = AttentionPanel<T, V, L>.Weight(L.Load(weights + j * lanes), now, scale);
            L.Store(weights + j * lanes, weight);
            total = L.Add(total, weight);
        }
        for (int c = 0; c < Tokens.Depth; c++)
            L.Store(output + c * lanes, L.Multiply(factor, L.Load(output + c * lanes)));
        L.Store(maximum, now);
        L.Store(sum, total);
    }
}
