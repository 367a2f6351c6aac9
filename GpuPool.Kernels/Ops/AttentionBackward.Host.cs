using System.Runtime.Intrinsics;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct AttentionBackwardQuery<T, R>
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

    // Queries in the lanes.
    private readonly unsafe void Run<V, L>(int row, int end) where V : struct where L : struct, ILanes<T, V>
    {
        int depth = Tokens.Depth, stride = Tokens.Stride, width = Tokens.Width, lanes = AttentionPanel<T, V, L>.Lanes, first = Tokens.First(row);
        double scale = 1 / Math.Sqrt(depth);
        T* query = HostScratch.Rent<T>(0, (3 * depth + 2 * AttentionTokens<T, R>.Block + 3) * lanes);
        T* dy = query + depth * lanes, gradient = dy + depth * lanes, maximum = gradient + depth * lanes, inverse = maximum + lanes, delta = inverse + lanes;
        T* scores = delta + lanes, slopes = scores + AttentionTokens<T, R>.Block * lanes;
        T* qkv = Tokens.Qkv.Pointer(), keys = qkv + Tokens.Key(first), values = qkv + Tokens.Value(first);
        for (; row < end; row += lanes)
        {
            int count = Math.Min(lanes, end - row);
            for (int i = row; i < row + count; i++)
                Delta[i] = Tokens.Dot(OutputGradient, Tokens.Output(i), Y, Tokens.Output(i));
            AttentionPanel<T, V, L>.Pack(qkv + Tokens.Query(row), stride, count, depth, query);
            AttentionPanel<T, V, L>.Pack(OutputGradient.Pointer() + Tokens.Output(row), width, count, depth, dy);
            AttentionPanel<T, V, L>.Pack(Maximum.Pointer() + row, 1, count, 1, maximum);
            AttentionPanel<T, V, L>.Pack(Inverse.Pointer() + row, 1, count, 1, inverse);
            AttentionPanel<T, V, L>.Pack(Delta.Pointer() + row, 1, count, 1, delta);
            new Span<T>(gradient, depth * lanes).Clear();
            for (int key = 0; key < Tokens.Length; key += AttentionTokens<T, R>.Block)
            {
                int block = Math.Min(AttentionTokens<T, R>.Block, Tokens.Length - key);
                AttentionPanel<T, V, L>.Multiply(keys + key * stride, stride, 1, query, scores, block, depth, accumulate: false);
                AttentionPanel<T, V, L>.Multiply(values + key * stride, stride, 1, dy, slopes, block, depth, accumulate: false);
                for (int lane = 0; lane < lanes; lane += L.Count)
                {
                    V m = L.Load(maximum + lane), r = L.Load(inverse + lane), d = L.Load(delta + lane);
                    for (int at = lane; at < block * lanes; at += lanes)
                    {
                        V weight = L.Multiply(r, AttentionPanel<T, V, L>.Weight(L.Load(scores + at), m, scale));
                        L.Store(slopes + at, L.Multiply(weight, L.Subtract(L.Load(slopes + at), d)));
                    }
                }
                AttentionPanel<T, V, L>.Multiply(keys + key * stride, 1, stride, slopes, gradient, depth, block, accumulate: true);
            }
            AttentionPanel<T, V, L>.Unpack(gradient, Tokens.Scale, Gradient.Pointer() + Tokens.Query(row), stride, count, depth);
        }
    }
}

internal partial struct AttentionBackwardKey<T, R>
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

    // Keys in the lanes.
    private readonly unsafe void Run<V, L>(int row, int end) where V : struct where L : struct, ILanes<T, V>
    {
        int depth = Tokens.Depth, stride = Tokens.Stride, width = Tokens.Width, lanes = AttentionPanel<T, V, L>.Lanes, first = Tokens.First(row);
        double scale = 1 / Math.Sqrt(depth);
        T* key = HostScratch.Rent<T>(0, (4 * depth + 2 * AttentionTokens<T, R>.Block) * lanes);
        T* value = key + depth * lanes, keyGradient = value + depth * lanes, valueGradient = keyGradient + depth * lanes;
        T* weights = valueGradient + depth * lanes, slopes = weights + AttentionTokens<T, R>.Block * lanes;
        T* qkv = Tokens.Qkv.Pointer(), queries = qkv + Tokens.Query(first), dy = OutputGradient.Pointer() + Tokens.Output(first);
        T* maximum = Maximum.Pointer() + first, inverse = Inverse.Pointer() + first, delta = Delta.Pointer() + first;
        for (; row < end; row += lanes)
        {
            int count = Math.Min(lanes, end - row);
            AttentionPanel<T, V, L>.Pack(qkv + Tokens.Key(row), stride, count, depth, key);
            AttentionPanel<T, V, L>.Pack(qkv + Tokens.Value(row), stride, count, depth, value);
            new Span<T>(keyGradient, 2 * depth * lanes).Clear();
            for (int query = 0; query < Tokens.Length; query += AttentionTokens<T, R>.Block)
            {
                int block = Math.Min(AttentionTokens<T, R>.Block, Tokens.Length - query);
                AttentionPanel<T, V, L>.Multiply(queries + query * stride, stride, 1, key, weights, block, depth, accumulate: false);
                AttentionPanel<T, V, L>.Multiply(dy + query * width, width, 1, value, slopes, block, depth, accumulate: false);
                for (int i = 0; i < block; i++)
                {
                    V m = L.Broadcast(maximum[query + i]), r = L.Broadcast(inverse[query + i]), d = L.Broadcast(delta[query + i]);
                    for (int at = i * lanes; at < (i + 1) * lanes; at += L.Count)
                    {
                        V weight = L.Multiply(r, AttentionPanel<T, V, L>.Weight(L.Load(weights + at), m, scale));
                        L.Store(weights + at, weight);
                        L.Store(slopes + at, L.Multiply(weight, L.Subtract(L.Load(slopes + at), d)));
                    }
                }
                AttentionPanel<T, V, L>.Multiply(dy + query * width, 1, width, weights, valueGradient, depth, block, accumulate: true);
                AttentionPanel<T, V, L>.Multiply(queries + query * stride, 1, stride, slopes, keyGradient, depth, block, accumulate: true);
            }
            AttentionPanel<T, V, L>.Unpack(keyGradient, Tokens.Scale, Gradient.Pointer() + Tokens.Key(row), stride, count, depth);
            AttentionPanel<T, V, L>.Unpack(valueGradient, T.One, Gradient.Pointer() + Tokens.Value(row), stride, count, depth);
        }
    }
}
