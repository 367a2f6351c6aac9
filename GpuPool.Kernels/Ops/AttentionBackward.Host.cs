using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct AttentionDelta<T, R>
{
    public readonly int Tiles => Tokens.Tiles;

    public readonly void RunTile(int tile)
    {
        (int row, int end) = Tokens.Tile(tile);
        for (; row < end; row++)
            Run(row);
    }
}

/// <summary>
/// One pass over all pairs of tokens serves all three gradients, so that each weight is computed once. Its tiles are the parts of the keys of one image and
/// head: such a tile owns dk and dv of its keys, and leaves a sum of dq for each query, which the second stage adds up.
/// </summary>
internal partial struct AttentionBackward<T, R>
{
    // The sums across lanes for dq are taken once for so many keys.
    private const int KeyBlock = 512;

    // Enough tiles for many threads, without much memory for parts: at most four times that of dq.
    private const int EnoughTiles = 64, MostSplits = 4;

    // Parts into which the keys of one image and head are cut: fixed by shape, so that results do not depend on the number of threads.
    private readonly int Splits =>
        Math.Clamp(EnoughTiles / Math.Max(1, Tokens.Pairs), 1, Math.Clamp((Tokens.Length + KeyBlock - 1) / KeyBlock, 1, MostSplits));

    /// <summary>Sums of dq over the keys of each part.</summary>
    public readonly int ScratchCount => checked(Splits * Rows * Tokens.Depth);

    public readonly int Stages => 2;

    public readonly int StageTiles(int stage) => stage == 0 ? Tokens.Pairs * Splits : Tokens.Tiles;

    public readonly unsafe void RunTile(int stage, int tile, T* parts)
    {
        if (stage == 1)
            AddParts(tile, parts);
        else if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile, parts);
        else
            Run<Vector256<T>, Lanes256<T>>(tile, parts);
    }

    // Keys in the lanes.
    private readonly unsafe void Run<V, L>(int tile, T* scratch) where V : struct where L : struct, ILanes<T, V>
    {
        const int Block = AttentionTokens<T, R>.Block;
        int depth = Tokens.Depth, stride = Tokens.Stride, width = Tokens.Width, length = Tokens.Length, lanes = AttentionPanel<T, V, L>.Lanes;
        int splits = Splits, first = tile / splits * length, split = tile % splits, blocks = (length + KeyBlock - 1) / KeyBlock;
        int keyEnd = Math.Min(length, (split + 1) * blocks / splits * KeyBlock);
        T factor = R.Of(AttentionPanel<T, V, L>.Logarithm(1 / Math.Sqrt(depth)));
        // A panel of keys is followed by those of its values, dk and dv.
        int pitch = 4 * depth * lanes, panels = KeyBlock / lanes, slopePitch = Block * lanes;
        T* key = HostScratch.Rent<T>(0, panels * (pitch + slopePitch) + slopePitch + 2 * length);
        T* weights = key + panels * pitch, slopes = weights + slopePitch, origin = slopes + panels * slopePitch, minusDelta = origin + length;
        T* qkv = Tokens.Qkv.Pointer(), dy = OutputGradient.Pointer() + Tokens.Output(first), parts = scratch + (split * Rows + first) * depth;
        // Where scores and slopes start from, so that weights need no more than the exponential of a sum: their largest score and the logarithm of their sum, and delta.
        for (int i = 0; i < length; i++)
        {
            origin[i] = R.Of(AttentionPanel<T, V, L>.Logarithm(Math.Log(R.ToDouble(Inverse[first + i])))) - factor * Maximum[first + i];
            minusDelta[i] = -Delta[first + i];
        }
        new Span<T>(parts, length * depth).Clear();
        for (int start = split * blocks / splits * KeyBlock; start < keyEnd; start += KeyBlock)
        {
            int keys = Math.Min(KeyBlock, keyEnd - start);
            panels = (keys + lanes - 1) / lanes;
            for (int panel = 0; panel < panels; panel++)
            {
                int row = first + start + panel * lanes, count = Math.Min(lanes, keys - panel * lanes);
                T* k = key + panel * pitch, v = k + depth * lanes;
                AttentionPanel<T, V, L>.Pack(qkv + Tokens.Key(row), stride, count, depth, factor, k);
                AttentionPanel<T, V, L>.Pack(qkv + Tokens.Value(row), stride, count, depth, T.One, v);
                new Span<T>(v + depth * lanes, 2 * depth * lanes).Clear();
            }
            for (int query = 0; query < length; query += Block)
            {
                int rows = Math.Min(Block, length - query);
                T* q = qkv + Tokens.Query(first + query), g = dy + query * width;
                for (int panel = 0; panel < panels; panel++)
                {
                    T* k = key + panel * pitch, v = k + depth * lanes, dk = v + depth * lanes, dv = dk + depth * lanes, ds = slopes + panel * slopePitch;
                    AttentionPanel<T, V, L>.MultiplyFrom(origin + query, q, stride, k, weights, rows, depth);
                    AttentionPanel<T, V, L>.MultiplyFrom(minusDelta + query, g, width, v, ds, rows, depth);
                    AttentionPanel<T, V, L>.Differentiate(weights, ds, rows);
                    int count = Math.Min(lanes, keys - panel * lanes);
                    // Behind the last key there are no slopes, whatever the weights of zeros were.
                    for (int i = 0; i < rows && count < lanes; i++)
                        new Span<T>(ds + i * lanes + count, lanes - count).Clear();
                    AttentionPanel<T, V, L>.Multiply(g, 1, width, weights, dv, lanes, dv, depth, rows);
                    AttentionPanel<T, V, L>.Multiply(q, 1, stride, ds, dk, lanes, dk, depth, rows);
                }
                AttentionPanel<T, V, L>.MultiplyAcross(slopes, slopePitch, key, pitch, panels, parts + query * depth, rows, depth);
            }
            for (int panel = 0; panel < panels; panel++)
            {
                int row = first + start + panel * lanes, count = Math.Min(lanes, keys - panel * lanes);
                T* dk = key + panel * pitch + 2 * depth * lanes;
                AttentionPanel<T, V, L>.Unpack(dk, Tokens.Scale, Gradient.Pointer() + Tokens.Key(row), stride, count, depth);
                AttentionPanel<T, V, L>.Unpack(dk + depth * lanes, T.One, Gradient.Pointer() + Tokens.Value(row), stride, count, depth);
            }
        }
    }

    private readonly unsafe void AddParts(int tile, T* scratch)
    {
        (int row, int end) = Tokens.Tile(tile);
        int depth = Tokens.Depth, pitch = Rows * depth, splits = Splits;
        // Keys have the scale in them.
        T scale = R.Of(1 / AttentionPanel<T, Vector512<T>, Lanes512<T>>.Logarithm(1));
        T* parts = scratch + row * depth, gradient = Gradient.Pointer() + Tokens.Query(row);
        for (; row < end; row++, parts += depth, gradient += Tokens.Stride)
        {
            for (int c = 0; c < depth; c++)
            {
                T sum = T.Zero;
                for (int split = 0; split < splits; split++)
                    sum += parts[split * pitch + c];
                gradient[c] = scale * sum;
            }
        }
    }
}
