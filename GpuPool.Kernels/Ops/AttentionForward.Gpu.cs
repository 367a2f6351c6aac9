using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPool.Kernels.Gpu;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

internal partial struct AttentionTokens<T, R>
{
    /// <summary>Groups for some rows: one for each tile of the tokens of an image and head, and each 64 columns of its sums.</summary>
    public readonly int TileGroups(int rows) => rows / Length * TokenBlocks * ColumnBlocks;

    public readonly bool SuitsTile => GroupProduct.Suits((Qkv.IntLength, Length, 1));

    private readonly int TokenBlocks => (Length + AttentionTile<T, R>.Side - 1) >> AttentionTile<T, R>.SideBits;

    private readonly int ColumnBlocks => (Depth + AttentionTile<T, R>.Side - 1) >> AttentionTile<T, R>.SideBits;

    /// <summary>What a group has to do: the first row of an image and head, the first token of a tile of it, and the first column of the sums.</summary>
    public readonly (int Head, int Token, int Column) Place(int group)
    {
        int tile = group / ColumnBlocks;
        return (tile / TokenBlocks * Length, tile % TokenBlocks * AttentionTile<T, R>.Side, group % ColumnBlocks * AttentionTile<T, R>.Side);
    }

    // A row is the first of its image and head.

    public readonly TokenRows<T> Queries(int row) => new(Qkv, Query(row), Stride, Length, Depth);

    public readonly TokenRows<T> Keys(int row) => new(Qkv, Key(row), Stride, Length, Depth);

    public readonly TokenRows<T> Values(int row) => new(Qkv, Value(row), Stride, Length, Depth);

    public readonly TokenRows<T> Outputs(ArrayView<T> view, int row) => new(view, Output(row), Width, Length, Depth);
}

internal partial struct AttentionForward<T, R> : IGroupKernel
{
    public readonly bool SuitsGroups => Tokens.SuitsTile;

    public readonly void LaunchGroups(Device device) => device.LaunchStage(new AttentionForwardTile<T, R> { Of = this });
}

/// <summary>One group: y of 64 queries, of up to 64 columns, and their m and r, with a running maximum over tiles of 64 keys.</summary>
internal struct AttentionForwardTile<T, R> : IGroupStage where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public AttentionForward<T, R> Of;

    public readonly int Groups => Of.Tokens.TileGroups(Of.Count);

    public readonly void Run(int group, int thread)
    {
        var tile = new AttentionTile<T, R>(SharedMemory.Allocate<Quad<T>>(AttentionTile<T, R>.Side * AttentionTile<T, R>.Pitch),
            SharedMemory.Allocate<Quad<T>>(AttentionTile<T, R>.SliceRows * AttentionTile<T, R>.Pitch), thread);
        (int head, int firstQuery, int column) = Of.Tokens.Place(group);
        TokenRows<T> queries = Of.Tokens.Queries(head), keys = Of.Tokens.Keys(head), values = Of.Tokens.Values(head).From(column);
        T least = R.Of(double.NegativeInfinity);
        Quad<T> maximum = new(least, least, least, least), sum = default;
        Square<T> sums = default;
        for (int firstKey = 0; firstKey < Of.Tokens.Length; firstKey += AttentionTile<T, R>.Side)
        {
            Square<T> scores = tile.Scores(queries, firstQuery, keys, firstKey);
            int columns = Of.Tokens.Length - firstKey - 4 * tile.X;
            Group.Barrier();
            tile.Slice[tile.X * AttentionTile<T, R>.Pitch + tile.Y] =
                new(Largest(scores.Row0, columns), Largest(scores.Row1, columns), Largest(scores.Row2, columns), Largest(scores.Row3, columns));
            Group.Barrier();
            Quad<T> next = maximum;
            for (int other = 0; other < 16; other++)
                next = Larger(next, tile.Slice[other * AttentionTile<T, R>.Pitch + tile.Y]);
            // Where there is nothing but -infinity yet, differences from it would be NaN.
            Quad<T> reference = new(Finite(next.X), Finite(next.Y), Finite(next.Z), Finite(next.W));
            Square<T> weights = new(Weights(scores.Row0, reference.X, columns), Weights(scores.Row1, reference.Y, columns),
                Weights(scores.Row2, reference.Z, columns), Weights(scores.Row3, reference.W, columns));
            Quad<T> factor = new(Of.Tokens.Weight(maximum.X, reference.X), Of.Tokens.Weight(maximum.Y, reference.Y),
                Of.Tokens.Weight(maximum.Z, reference.Z), Of.Tokens.Weight(maximum.W, reference.W));
            maximum = next;
            sum = new(sum.X * factor.X + Sum(weights.Row0), sum.Y * factor.Y + Sum(weights.Row1), sum.Z * factor.Z + Sum(weights.Row2), sum.W * factor.W + Sum(weights.Row3));
            sums = new(Quad<T>.Multiply(sums.Row0, factor), Quad<T>.Multiply(sums.Row1, factor), Quad<T>.Multiply(sums.Row2, factor), Quad<T>.Multiply(sums.Row3, factor));
            tile.StoreByKey(weights);
            sums = tile.AddWeighted(sums, values, firstKey);
        }
        Group.Barrier();
        tile.Slice[tile.X * AttentionTile<T, R>.Pitch + tile.Y] = sum;
        Group.Barrier();
        Quad<T> total = default;
        for (int other = 0; other < 16; other++)
            total = Quad<T>.Add(total, tile.Slice[other * AttentionTile<T, R>.Pitch + tile.Y]);
        Quad<T> inverse = new(R.Of(1) / total.X, R.Of(1) / total.Y, R.Of(1) / total.Z, R.Of(1) / total.W);
        tile.Store(sums, Of.Tokens.Outputs(Of.Y, head).From(column), firstQuery, inverse);
        int query = firstQuery + 4 * tile.Y;
        for (int row = 0; row < 4 && tile.X == 0 && column == 0 && query + row < Of.Tokens.Length; row++)
        {
            Of.Maximum[head + query + row] = maximum.Get(row);
            Of.Inverse[head + query + row] = inverse.Get(row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Larger(T a, T b) => R.IfLess(a, b, b, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad<T> Larger(Quad<T> a, Quad<T> b) => new(Larger(a.X, b.X), Larger(a.Y, b.Y), Larger(a.Z, b.Z), Larger(a.W, b.W));

    /// <summary>The largest of the scores of keys that there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Largest(Quad<T> scores, int columns)
    {
        T least = R.Of(double.NegativeInfinity);
        return Larger(Larger(columns > 0 ? scores.X : least, columns > 1 ? scores.Y : least), Larger(columns > 2 ? scores.Z : least, columns > 3 ? scores.W : least));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Finite(T maximum) => R.IfLess(R.Of(double.NegativeInfinity), maximum, maximum, R.Of(0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Quad<T> Weights(Quad<T> scores, T reference, int columns) => new(
        columns > 0 ? Of.Tokens.Weight(scores.X, reference) : R.Of(0), columns > 1 ? Of.Tokens.Weight(scores.Y, reference) : R.Of(0),
        columns > 2 ? Of.Tokens.Weight(scores.Z, reference) : R.Of(0), columns > 3 ? Of.Tokens.Weight(scores.W, reference) : R.Of(0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Sum(Quad<T> weights) => weights.X + weights.Y + (weights.Z + weights.W);
}
