using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;

namespace GpuPool.Kernels.Gpu;

/// <summary>
/// Products by groups of threads: each has a tile of 64 x 64 elements, of which a thread has 4 x 4, and gathers 16 steps in depth at a time into shared memory. Where tiles
/// are few or the depth is large it is cut into parts, which a column reduction sums.
/// </summary>
internal static class GroupProduct
{
    /// <summary>Rows and columns of a tile.</summary>
    public const int Side = 64;

    /// <summary>Steps in depth that are gathered at a time.</summary>
    public const int Slice = 16;

    // Enough groups for each multiprocessor of a large GPU to have some, and enough depth for the sum of parts not to matter.
    private const int WantedGroups = 512;
    private const int LeastDepth = 128;
    private const int MostDepth = 2048;

    // Below, a launch takes longer than one thread an element.
    private const long FewProducts = 1 << 18;

    public static bool Suits((int Rows, int Columns, int Depth) extents) => (long)extents.Rows * extents.Columns * extents.Depth > FewProducts;

    public static void Launch<T, P>(Device device, in P product) where T : unmanaged, INumber<T> where P : struct, IProduct<T>
    {
        (int rows, int columns, int depth) = product.Extents;
        var stage = new GroupProduct<T, P> { Product = product, RowTiles = Blocks(rows, Side), ColumnTiles = Blocks(columns, Side) };
        int parts = Math.Clamp(Blocks(WantedGroups, Math.Max(1, stage.RowTiles * stage.ColumnTiles)), Math.Max(1, Blocks(depth, MostDepth)), Math.Max(1, Blocks(depth, LeastDepth)));
        stage.PartDepth = Math.Max(Slice, Blocks(depth, parts * Slice) * Slice);
        stage.Parts = Math.Max(1, Blocks(depth, stage.PartDepth));
        if (stage.Parts == 1)
        {
            device.LaunchStage(stage);
            return;
        }
        using DeviceArray sums = device.Allocate(new Shape(stage.Parts, rows, columns), DTypes.Of<T>());
        stage.Sums = sums.View<T>();
        device.LaunchStage(stage);
        ColumnReduction.Launch<T, One<T>, SumOfProducts<T, P>>(device, new() { Product = product, Sums = stage.Sums, Parts = stage.Parts });
    }

    private static int Blocks(int count, int size) => (count + size - 1) / size;
}

/// <summary>One group: one tile of one part.</summary>
internal struct GroupProduct<T, P> : IGroupStage where T : unmanaged, INumber<T> where P : struct, IProduct<T>
{
    // Quads of a row of shared memory: one more than there are, so that a column does not lie in one bank.
    private const int Pitch = GroupProduct.Side / 4 + 1;

    public P Product;

    public int RowTiles, ColumnTiles, Parts, PartDepth;

    /// <summary>(parts, rows, columns); not used where there is one part.</summary>
    public ArrayView<T> Sums;

    public readonly int Groups => RowTiles * ColumnTiles * Parts;

    public readonly void Run(int group, int thread)
    {
        (int rows, int columns, int depth) = Product.Extents;
        int firstColumn = group % ColumnTiles * GroupProduct.Side, firstRow = group / ColumnTiles % RowTiles * GroupProduct.Side, part = group / ColumnTiles / RowTiles;
        int end = Math.Min(depth, (part + 1) * PartDepth);
        // What a thread gathers: four elements of a column or of a row of the tile, such that neighbouring threads gather neighbours in memory.
        int leftRow = P.LeftRunsAlongDepth ? (int)((uint)thread >> 4) : thread & 63, leftDepth = P.LeftRunsAlongDepth ? thread & 15 : (int)((uint)thread >> 6);
        int rightColumn = P.RightRunsAlongDepth ? (int)((uint)thread >> 4) : thread & 63, rightDepth = P.RightRunsAlongDepth ? thread & 15 : (int)((uint)thread >> 6);
        int rowStep = P.LeftRunsAlongDepth ? 16 : 0, leftStep = P.LeftRunsAlongDepth ? 0 : 4, columnStep = P.RightRunsAlongDepth ? 16 : 0, rightStep = P.RightRunsAlongDepth ? 0 : 4;
        int row0 = firstRow + leftRow, column0 = firstColumn + rightColumn;
        Place place0 = Product.Row(row0), place1 = Product.Row(row0 + rowStep), place2 = Product.Row(row0 + 2 * rowStep), place3 = Product.Row(row0 + 3 * rowStep);
        ArrayView<Quad<T>> left = SharedMemory.Allocate<Quad<T>>(GroupProduct.Slice * Pitch), right = SharedMemory.Allocate<Quad<T>>(GroupProduct.Slice * Pitch);
        ArrayView<T> leftElements = left.Cast<T>(), rightElements = right.Cast<T>();
        int leftTarget = leftDepth * 4 * Pitch + leftRow, rightTarget = rightDepth * 4 * Pitch + rightColumn;
        int leftTargetStep = rowStep + leftStep * 4 * Pitch, rightTargetStep = columnStep + rightStep * 4 * Pitch;
        int x = thread & 15, y = (int)((uint)thread >> 4);
        Square<T> sums = default;
        for (int start = part * PartDepth; start < end; start += GroupProduct.Slice)
        {
            int k = start + leftDepth, l = start + rightDepth;
            T left0 = Left(place0, k, row0 < rows & k < end), left1 = Left(place1, k + leftStep, row0 + rowStep < rows & k + leftStep < end);
            T left2 = Left(place2, k + 2 * leftStep, row0 + 2 * rowStep < rows & k + 2 * leftStep < end);
            T left3 = Left(place3, k + 3 * leftStep, row0 + 3 * rowStep < rows & k + 3 * leftStep < end);
            T right0 = Right(l, column0, column0 < columns & l < end), right1 = Right(l + rightStep, column0 + columnStep, column0 + columnStep < columns & l + rightStep < end);
            T right2 = Right(l + 2 * rightStep, column0 + 2 * columnStep, column0 + 2 * columnStep < columns & l + 2 * rightStep < end);
            T right3 = Right(l + 3 * rightStep, column0 + 3 * columnStep, column0 + 3 * columnStep < columns & l + 3 * rightStep < end);
            // The slice before must have been read by all.
            Group.Barrier();
            leftElements[leftTarget] = left0;
            leftElements[leftTarget + leftTargetStep] = left1;
            leftElements[leftTarget + 2 * leftTargetStep] = left2;
            leftElements[leftTarget + 3 * leftTargetStep] = left3;
            rightElements[rightTarget] = right0;
            rightElements[rightTarget + rightTargetStep] = right1;
            rightElements[rightTarget + 2 * rightTargetStep] = right2;
            rightElements[rightTarget + 3 * rightTargetStep] = right3;
            Group.Barrier();
            for (int step = 0; step < GroupProduct.Slice * Pitch; step += 4 * Pitch)
            {
                sums = Square<T>.AddProduct(sums, left[step + y], right[step + x]);
                sums = Square<T>.AddProduct(sums, left[step + Pitch + y], right[step + Pitch + x]);
                sums = Square<T>.AddProduct(sums, left[step + 2 * Pitch + y], right[step + 2 * Pitch + x]);
                sums = Square<T>.AddProduct(sums, left[step + 3 * Pitch + y], right[step + 3 * Pitch + x]);
            }
        }
        Store(part, firstRow + 4 * y, firstColumn + 4 * x, rows, columns, sums.Row0);
        Store(part, firstRow + 4 * y + 1, firstColumn + 4 * x, rows, columns, sums.Row1);
        Store(part, firstRow + 4 * y + 2, firstColumn + 4 * x, rows, columns, sums.Row2);
        Store(part, firstRow + 4 * y + 3, firstColumn + 4 * x, rows, columns, sums.Row3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly T Left(Place row, int depth, bool isInside) => isInside ? Product.Left(row, Product.Depth(depth)) : T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly T Right(int depth, int column, bool isInside) => isInside ? Product.Right(Product.Depth(depth), column) : T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Store(int part, int row, int column, int rows, int columns, Quad<T> sums)
    {
        if (row >= rows)
            return;
        for (int index = 0; index < 4 && column + index < columns; index++)
        {
            if (Parts == 1)
                Product.Store(row, column + index, sums.Get(index));
            else
                Sums[(part * rows + row) * columns + column + index] = sums.Get(index);
        }
    }
}

/// <summary>Sums the parts of a product.</summary>
[Sums]
internal struct SumOfProducts<T, P> : IReduction<T, One<T>> where T : unmanaged, INumber<T> where P : struct, IProduct<T>
{
    public P Product;

    public ArrayView<T> Sums;

    public int Parts;

    public readonly (int Segments, int Rows, int Columns) Extents => (1, Parts, Product.Extents.Rows * Product.Extents.Columns);

    public readonly bool Wants(int segment, int column) => true;

    public readonly One<T> Term(int segment, int row, int column) => new(Sums[row * Extents.Columns + column]);

    public readonly void Finish(int segment, int column, One<T> sums) => Product.Store(column / Product.Extents.Columns, column % Product.Extents.Columns, sums.First);
}
