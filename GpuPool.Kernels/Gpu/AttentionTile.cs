using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Gpu;

/// <summary>The queries, keys, values or gradients of one head of one image: a row for each token.</summary>
/// <param name="View">Where they lie.</param>
/// <param name="First">Offset of the first row.</param>
/// <param name="Stride">Elements between one row and the next.</param>
/// <param name="Length">Number of rows.</param>
/// <param name="Depth">Elements of a row.</param>
internal readonly record struct TokenRows<T>(ArrayView<T> View, int First, int Stride, int Length, int Depth) where T : unmanaged, INumber<T>
{
    /// <summary>The columns from one on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TokenRows<T> From(int column) => this with { First = First + column, Depth = Depth - column };

    /// <summary>An element, or 0 outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Get(int row, int column) => row < Length & column < Depth ? View[First + row * Stride + column] : T.Zero;
}

/// <summary>
/// What a group of threads does with a tile of 64 queries and 64 keys, of which a thread has 4 x 4: scores, and sums of rows weighted by what becomes of the scores. Both go in
/// slices through shared memory; the sums stay in registers, of 64 columns at most: a wider head has a group for each 64, which make its scores each for themselves.
/// </summary>
/// <param name="Weights">What becomes of the scores, a quad of rows behind the other for each column of the sum; before that it serves to make the scores.</param>
/// <param name="Slice">A slice of rows.</param>
/// <param name="Thread">Number of the thread.</param>
internal readonly record struct AttentionTile<T, R>(ArrayView<Quad<T>> Weights, ArrayView<Quad<T>> Slice, int Thread)
    where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    /// <summary>Queries and keys of a tile, and columns of its sums.</summary>
    public const int Side = 1 << SideBits;

    /// <summary>Binary logarithm of <see cref="Side"/>.</summary>
    public const int SideBits = 6;

    // Quads from one row of shared memory to the next: one more than there are, so that a column does not lie in one bank.
    public const int Pitch = Side / 4 + 1;

    public const int SliceRows = 16;

    /// <summary>Which quad of rows a thread has.</summary>
    public int Y => (int)((uint)Thread >> 4);

    /// <summary>Which quad of columns of the scores a thread has, and which columns of the sums: this, and 16, 32 and 48 more.</summary>
    public int X => Thread & 15;

    /// <summary>Products of rows with rows. Begins with a barrier; those who read shared memory behind it need none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Square<T> Scores(TokenRows<T> queries, int firstQuery, TokenRows<T> keys, int firstKey)
    {
        ArrayView<T> left = Weights.Cast<T>(), right = Slice.Cast<T>();
        int target = X * 4 * Pitch + Y;
        Square<T> sums = default;
        for (int start = 0; start < queries.Depth; start += SliceRows)
        {
            int query = firstQuery + Y, key = firstKey + Y, c = start + X;
            T left0 = queries.Get(query, c), left1 = queries.Get(query + 16, c), left2 = queries.Get(query + 32, c), left3 = queries.Get(query + 48, c);
            T right0 = keys.Get(key, c), right1 = keys.Get(key + 16, c), right2 = keys.Get(key + 32, c), right3 = keys.Get(key + 48, c);
            Group.Barrier();
            left[target] = left0;
            left[target + 16] = left1;
            left[target + 32] = left2;
            left[target + 48] = left3;
            right[target] = right0;
            right[target + 16] = right1;
            right[target + 32] = right2;
            right[target + 48] = right3;
            Group.Barrier();
            for (int step = 0; step < SliceRows * Pitch; step += 4 * Pitch)
            {
                sums = Square<T>.AddProduct(sums, Weights[step + Y], Slice[step + X]);
                sums = Square<T>.AddProduct(sums, Weights[step + Pitch + Y], Slice[step + Pitch + X]);
                sums = Square<T>.AddProduct(sums, Weights[step + 2 * Pitch + Y], Slice[step + 2 * Pitch + X]);
                sums = Square<T>.AddProduct(sums, Weights[step + 3 * Pitch + Y], Slice[step + 3 * Pitch + X]);
            }
        }
        return sums;
    }

    /// <summary>Hands what became of the scores to the threads that sum over keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreByKey(Square<T> square)
    {
        Weights[(4 * X) * Pitch + Y] = new(square.Row0.X, square.Row1.X, square.Row2.X, square.Row3.X);
        Weights[(4 * X + 1) * Pitch + Y] = new(square.Row0.Y, square.Row1.Y, square.Row2.Y, square.Row3.Y);
        Weights[(4 * X + 2) * Pitch + Y] = new(square.Row0.Z, square.Row1.Z, square.Row2.Z, square.Row3.Z);
        Weights[(4 * X + 3) * Pitch + Y] = new(square.Row0.W, square.Row1.W, square.Row2.W, square.Row3.W);
    }

    /// <summary>Hands what became of the scores to the threads that sum over queries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreByQuery(Square<T> square)
    {
        Weights[(4 * Y) * Pitch + X] = square.Row0;
        Weights[(4 * Y + 1) * Pitch + X] = square.Row1;
        Weights[(4 * Y + 2) * Pitch + X] = square.Row2;
        Weights[(4 * Y + 3) * Pitch + X] = square.Row3;
    }

    /// <summary>
    /// Adds rows with the weights that were stored. A row of the sums is one column of four tokens: of those of <see cref="Y"/>, the columns of <see cref="X"/>. Begins with a barrier, and
    /// needs one before shared memory is written again.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Square<T> AddWeighted(Square<T> sums, TokenRows<T> rows, int first)
    {
        ArrayView<T> elements = Slice.Cast<T>();
        int target = Y * 4 * Pitch + X;
        for (int start = 0; start < Side; start += SliceRows)
        {
            int row = first + start + Y;
            T row0 = rows.Get(row, X), row1 = rows.Get(row, X + 16), row2 = rows.Get(row, X + 32), row3 = rows.Get(row, X + 48);
            Group.Barrier();
            elements[target] = row0;
            elements[target + 16] = row1;
            elements[target + 32] = row2;
            elements[target + 48] = row3;
            Group.Barrier();
            for (int step = 0; step < SliceRows; step++)
            {
                Quad<T> weights = Weights[(start + step) * Pitch + Y];
                int source = step * 4 * Pitch + X;
                Quad<T> sum0 = Quad<T>.MultiplyAdd(sums.Row0, elements[source], weights), sum1 = sums.Row1, sum2 = sums.Row2, sum3 = sums.Row3;
                // All threads go the same way: narrow heads have no more columns.
                if (rows.Depth > 16)
                    sum1 = Quad<T>.MultiplyAdd(sum1, elements[source + 16], weights);
                if (rows.Depth > 32)
                {
                    sum2 = Quad<T>.MultiplyAdd(sum2, elements[source + 32], weights);
                    sum3 = Quad<T>.MultiplyAdd(sum3, elements[source + 48], weights);
                }
                sums = new(sum0, sum1, sum2, sum3);
            }
        }
        return sums;
    }

    /// <summary>Stores the sums of four tokens, each times its factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Square<T> sums, TokenRows<T> target, int first, Quad<T> factors)
    {
        Store(sums.Row0, target, first, X, factors);
        Store(sums.Row1, target, first, X + 16, factors);
        Store(sums.Row2, target, first, X + 32, factors);
        Store(sums.Row3, target, first, X + 48, factors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(Quad<T> column, TokenRows<T> target, int first, int c, Quad<T> factors)
    {
        Store(column.X * factors.X, target, first + 4 * Y, c);
        Store(column.Y * factors.Y, target, first + 4 * Y + 1, c);
        Store(column.Z * factors.Z, target, first + 4 * Y + 2, c);
        Store(column.W * factors.W, target, first + 4 * Y + 3, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T value, TokenRows<T> target, int row, int c)
    {
        if (row < target.Length & c < target.Depth)
            target.View[target.First + row * target.Stride + c] = value;
    }
}
