using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuPool.Kernels.Host;

/// <summary>
/// The right-hand matrix (K, N) of a product, laid out in panels of a few vectors' width: within a panel, row after row without gaps, the last
/// panel filled up with zero columns to a whole vector. The micro-kernel then reads it with a single advancing pointer.
/// </summary>
internal static class Panels
{
    private const int LongestVector = 16;

    /// <summary>Vectors in a panel: with the rows of <see cref="ProductTile"/> and a few operands they fill the registers, 32 of 512 bits or 16 narrower ones.</summary>
    public static int Vectors => Vector512.IsHardwareAccelerated ? 4 : 2;

    /// <summary>Elements that the panels of a (rows, columns) matrix take, for any vector.</summary>
    public static int Count(int rows, int columns) => checked(rows * ((columns + LongestVector - 1) / LongestVector * LongestVector));
}

/// <summary>Panels for one kind of vector.</summary>
internal static unsafe class Panels<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>Columns of a whole panel.</summary>
    public static int Width => Panels.Vectors * L.Count;

    public static int Number(int columns) => (columns + Width - 1) / Width;

    /// <summary>Vectors in a panel; the last one may have fewer.</summary>
    public static int VectorsOf(int panel, int columns) => Math.Min(Panels.Vectors, (columns - panel * Width + L.Count - 1) / L.Count);

    /// <summary>Elements before a panel.</summary>
    public static long Offset(int panel, int rows) => (long)panel * Width * rows;

    /// <summary>Lays out rows [start, end) of a panel of the row-major matrix (rows, columns).</summary>
    public static void Pack(T* matrix, int rows, int columns, T* panels, int panel, int start, int end)
    {
        int width = VectorsOf(panel, columns) * L.Count, used = Math.Min(width, columns - panel * Width);
        T* target = panels + Offset(panel, rows) + (long)start * width, source = matrix + (long)start * columns + panel * Width;
        for (int row = start; row < end; row++, target += width, source += columns)
        {
            new ReadOnlySpan<T>(source, used).CopyTo(new Span<T>(target, used));
            new Span<T>(target + used, width - used).Clear();
        }
    }

    /// <summary>
    /// Lays out one group of rows of a panel, where the matrix is made of groups that are stored transposed: row r and column c of group g is
    /// element (g, c, r) of <paramref name="matrix"/>.
    /// </summary>
    public static void PackTransposed(T* matrix, int groups, int rows, int columns, T* panels, int panel, int group)
    {
        int width = VectorsOf(panel, columns) * L.Count, used = Math.Min(width, columns - panel * Width);
        T* target = panels + Offset(panel, groups * rows) + (long)group * rows * width;
        Transpose(matrix + ((long)group * columns + panel * Width) * rows, rows, rows, used, target, width);
    }

    /// <summary>Lays out a matrix of rows and columns that is stored transposed, columns a pitch apart; rows are filled up with zeros to a width.</summary>
    public static void Transpose(T* source, int pitch, int rows, int columns, T* target, int width)
    {
        // Squares of one cache line's side, so that the lines read across stay in the first-level cache.
        const int Side = 64;
        for (int top = 0; top < rows; top += Side)
        {
            int bottom = Math.Min(rows, top + Side), column = 0;
            if (Sse.IsSupported && typeof(T) == typeof(float) && (bottom - top) % 4 == 0)
            {
                for (; column <= columns - 4; column += 4)
                {
                    for (int row = top; row < bottom; row += 4)
                        Transpose((float*)source + (long)column * pitch + row, pitch, (float*)target + (long)row * width + column, width);
                }
            }
            for (; column < columns; column++)
            {
                T* line = source + (long)column * pitch;
                for (int row = top; row < bottom; row++)
                    target[(long)row * width + column] = line[row];
            }
            for (int row = top; row < bottom; row++)
                new Span<T>(target + (long)row * width + columns, width - columns).Clear();
        }
    }

    // A square of four by four.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(float* source, long sourcePitch, float* target, long targetPitch)
    {
        Vector128<float> a = Vector128.Load(source), b = Vector128.Load(source + sourcePitch);
        Vector128<float> c = Vector128.Load(source + 2 * sourcePitch), d = Vector128.Load(source + 3 * sourcePitch);
        Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d);
        Vector128.Store(Sse.MoveLowToHigh(ab, cd), target);
        Vector128.Store(Sse.MoveHighToLow(cd, ab), target + targetPitch);
        (ab, cd) = (Sse.UnpackHigh(a, b), Sse.UnpackHigh(c, d));
        Vector128.Store(Sse.MoveLowToHigh(ab, cd), target + 2 * targetPitch);
        Vector128.Store(Sse.MoveHighToLow(cd, ab), target + 3 * targetPitch);
    }
}
