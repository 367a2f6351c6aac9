using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPool.Kernels.Gpu;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

internal partial struct AttentionBackward<T, R> : IGroupKernel
{
    public readonly bool SuitsGroups => Tokens.SuitsTile;

    public readonly void LaunchGroups(Device device)
    {
        device.LaunchStage(new AttentionBackwardQueries<T, R> { Tile = new() { Of = this } });
        device.LaunchStage(new AttentionBackwardKeys<T, R> { Tile = new() { Of = this } });
    }
}

/// <summary>What both halves of the backward pass make of a tile.</summary>
internal struct AttentionBackwardTile<T, R> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public AttentionBackward<T, R> Of;

    public readonly int Groups => Of.Tokens.TileGroups(Of.Delta.IntLength);

    /// <summary>The rows of dq, dk and dv lie as those of q, k and v.</summary>
    public readonly TokenRows<T> Gradient(TokenRows<T> rows) => rows with { View = Of.Gradient };

    /// <summary>p of a row of scores, 0 where there is no such query or key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Quad<T> Weights(Quad<T> scores, int head, int query, int columns)
    {
        if (query >= Of.Tokens.Length)
            return default;
        T maximum = Of.Maximum[head + query], inverse = Of.Inverse[head + query];
        return new(
            columns > 0 ? Of.Tokens.Weight(scores.X, maximum) * inverse : R.Of(0), columns > 1 ? Of.Tokens.Weight(scores.Y, maximum) * inverse : R.Of(0),
            columns > 2 ? Of.Tokens.Weight(scores.Z, maximum) * inverse : R.Of(0), columns > 3 ? Of.Tokens.Weight(scores.W, maximum) * inverse : R.Of(0));
    }

    /// <summary>ds of a row, of p and of dy . v.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Quad<T> Slopes(Quad<T> weights, Quad<T> products, int head, int query)
    {
        if (query >= Of.Tokens.Length)
            return default;
        T delta = Of.Delta[head + query], scale = Of.Tokens.Scale;
        return new(weights.X * (products.X - delta) * scale, weights.Y * (products.Y - delta) * scale,
            weights.Z * (products.Z - delta) * scale, weights.W * (products.W - delta) * scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Square<T> Weights(Square<T> scores, int head, int query, int columns) => new(
        Weights(scores.Row0, head, query, columns), Weights(scores.Row1, head, query + 1, columns),
        Weights(scores.Row2, head, query + 2, columns), Weights(scores.Row3, head, query + 3, columns));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Square<T> Slopes(Square<T> weights, Square<T> products, int head, int query) => new(
        Slopes(weights.Row0, products.Row0, head, query), Slopes(weights.Row1, products.Row1, head, query + 1),
        Slopes(weights.Row2, products.Row2, head, query + 2), Slopes(weights.Row3, products.Row3, head, query + 3));
}

/// <summary>One group: dq of 64 queries, of up to 64 columns.</summary>
internal struct AttentionBackwardQueries<T, R> : IGroupStage where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public AttentionBackwardTile<T, R> Tile;

    public readonly int Groups => Tile.Groups;

    public readonly void Run(int group, int thread)
    {
        var tile = new AttentionTile<T, R>(SharedMemory.Allocate<Quad<T>>(AttentionTile<T, R>.Side * AttentionTile<T, R>.Pitch),
            SharedMemory.Allocate<Quad<T>>(AttentionTile<T, R>.SliceRows * AttentionTile<T, R>.Pitch), thread);
        AttentionTokens<T, R> tokens = Tile.Of.Tokens;
        (int head, int firstQuery, int column) = tokens.Place(group);
        int query = firstQuery + 4 * tile.Y;
        TokenRows<T> queries = tokens.Queries(head), keys = tokens.Keys(head), values = tokens.Values(head), gradients = tokens.Outputs(Tile.Of.OutputGradient, head);
        Square<T> sums = default;
        for (int firstKey = 0; firstKey < tokens.Length; firstKey += AttentionTile<T, R>.Side)
        {
            Square<T> weights = Tile.Weights(tile.Scores(queries, firstQuery, keys, firstKey), head, query, tokens.Length - firstKey - 4 * tile.X);
            Square<T> slopes = Tile.Slopes(weights, tile.Scores(gradients, firstQuery, values, firstKey), head, query);
            Group.Barrier();
            tile.StoreByKey(slopes);
            sums = tile.AddWeighted(sums, keys.From(column), firstKey);
        }
        T one = R.Of(1);
        tile.Store(sums, Tile.Gradient(queries).From(column), firstQuery, new(one, one, one, one));
    }
}

/// <summary>One group: dk and dv of 64 keys, of up to 64 columns.</summary>
internal struct AttentionBackwardKeys<T, R> : IGroupStage where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public AttentionBackwardTile<T, R> Tile;

    public readonly int Groups => Tile.Groups;

    public readonly void Run(int group, int thread)
    {
        var tile = new AttentionTile<T, R>(SharedMemory.Allocate<Quad<T>>(AttentionTile<T, R>.Side * AttentionTile<T, R>.Pitch),
            SharedMemory.Allocate<Quad<T>>(AttentionTile<T, R>.SliceRows * AttentionTile<T, R>.Pitch), thread);
        AttentionTokens<T, R> tokens = Tile.Of.Tokens;
        (int head, int firstKey, int column) = tokens.Place(group);
        int columns = tokens.Length - firstKey - 4 * tile.X;
        TokenRows<T> queries = tokens.Queries(head), keys = tokens.Keys(head), values = tokens.Values(head), gradients = tokens.Outputs(Tile.Of.OutputGradient, head);
        Square<T> keySums = default, valueSums = default;
        for (int firstQuery = 0; firstQuery < tokens.Length; firstQuery += AttentionTile<T, R>.Side)
        {
            int query = firstQuery + 4 * tile.Y;
            Square<T> weights = Tile.Weights(tile.Scores(queries, firstQuery, keys, firstKey), head, query, columns);
            Square<T> slopes = Tile.Slopes(weights, tile.Scores(gradients, firstQuery, values, firstKey), head, query);
            Group.Barrier();
            tile.StoreByQuery(weights);
            valueSums = tile.AddWeighted(valueSums, gradients.From(column), firstQuery);
            Group.Barrier();
            tile.StoreByQuery(slopes);
            keySums = tile.AddWeighted(keySums, queries.From(column), firstQuery);
        }
        T one = R.Of(1);
        tile.Store(keySums, Tile.Gradient(keys).From(column), firstKey, new(one, one, one, one));
        tile.Store(valueSums, Tile.Gradient(values).From(column), firstKey, new(one, one, one, one));
    }
}
