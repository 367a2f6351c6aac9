using System.Numerics;
using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Host;

/// <summary>
/// Targets of a block of squares in the channels of a panel. Weights are transformed slice by slice in front of the products that take them, and nowhere kept: all of them, four times as many as those of
/// the taps, would be written to memory and read again.
/// </summary>
internal readonly unsafe struct WinogradProduct<T, V, L>(WinogradPlan plan, int panel, T* weights) where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
{
    // Rows of a panel: with 36 of 256 bytes 0.6 MB, which stay in the second-level cache.
    private const int SliceDepth = 64;

    private const int PointerSlot = 0, AsideSlot = 1, WeightSlot = 2, ProductSlot = 3;

    private int Vectors => Panels<T, V, L>.VectorsOf(panel, plan.O);

    private int Width => Vectors * L.Count;

    private int First => panel * Panels<T, V, L>.Width;

    private int WeightPitch => SliceDepth * Width + WinogradPlan.Skew;

    /// <summary>Computes the targets of squares [square, square + count).</summary>
    /// <param name="sources">Transformed sources of the first square, one square behind the other.</param>
    /// <param name="sourcePitch">Elements from one of their 36 parts to the next.</param>
    /// <param name="square">First square.</param>
    /// <param name="count">Number of squares.</param>
    /// <param name="bias">Of all channels, or null.</param>
    /// <param name="target">The target map.</param>
    /// <param name="epilogue">What becomes of the targets.</param>
    public void Run(T* sources, int sourcePitch, int square, int count, T* bias, T* target, in Epilogue<T> epilogue)
    {
        int tiles = (count + ProductTile.Rows - 1) / ProductTile.Rows, pitch = count * Width + WinogradPlan.Skew, none = 0;
        T* transformed = HostScratch.Rent<T>(WeightSlot, (WinogradPlan.Products + WinogradPlan.Taps) * WeightPitch), products = HostScratch.Rent<T>(ProductSlot, WinogradPlan.Products * pitch);
        T** pointers = (T**)HostScratch.Rent<nint>(PointerSlot, 2 * tiles * ProductTile.Rows), targets = pointers + tiles * ProductTile.Rows;
        for (int row = 0; row < tiles * ProductTile.Rows; row++)
        {
            int place = Math.Min(row, count - 1);
            pointers[row] = sources + place * plan.C;
            targets[row] = products + place * Width;
        }
        var block = new ProductBlock<T>
        {
            Pointers = pointers,
            Taps = 1,
            Targets = targets,
            Tiles = tiles,
            LastRows = count - (tiles - 1) * ProductTile.Rows,
            PanelPitch = Width,
            PanelRow = &none,
            LastColumns = L.Count,
            Aside = HostScratch.Rent<T>(AsideSlot, L.Count),
            Start = HostScratch.Zeros<T>(Width),
        };
        Fetch(0, 0, WinogradPlan.Products);
        for (int slice = 0; slice < plan.C; slice += SliceDepth)
        {
            int depth = Math.Min(SliceDepth, plan.C - slice);
            TransformWeights(slice, depth, transformed);
            for (int product = 0; product < WinogradPlan.Products; product++)
            {
                Fetch(slice + SliceDepth, product, product + 1);
                int offset = product * sourcePitch + slice;
                block.Panel = transformed + product * WeightPitch - (long)offset * Width;
                block.Column = product * pitch;
                GatheredProduct<T, V, L>.Multiply<NoEpilogue>(Vectors, block, 0, 1, offset, depth);
            }
            block.Start = null;
        }
        for (int place = 0; place < count; place++)
        {
            if (epilogue.Exists)
                TransformTarget<WithEpilogue>(products + place * Width, pitch, square + place, bias, target, epilogue);
            else
                TransformTarget<NoEpilogue>(products + place * Width, pitch, square + place, bias, target, epilogue);
        }
    }

    private void Fetch(int slice, int first, int end)
    {
        int depth = Math.Min(SliceDepth, plan.C - slice);
        if (depth <= 0)
            return;
        TapBlock<T> block = plan.Turned ? new(weights + (long)First * plan.C + slice, TapPitch, Width, depth, plan.C) : new(weights + (long)slice * plan.O + First, TapPitch, depth, Width, plan.O);
        for (int part = first; part < end; part++)
            block.Fetch(part);
    }

    private nint TapPitch => (nint)plan.C * plan.O;

    private void TransformWeights(int slice, int depth, T* transformed)
    {
        T* taps = weights + (long)slice * plan.O + First;
        (nint tapPitch, int rowPitch) = (TapPitch, plan.O);
        if (plan.Turned)
        {
            taps = transformed + WinogradPlan.Products * WeightPitch;
            (tapPitch, rowPitch) = (WeightPitch, Width);
            for (int tap = 0; tap < WinogradPlan.Taps; tap++)
                Panels<T, V, L>.Transpose(weights + tap * TapPitch + (long)First * plan.C + slice, plan.C, depth, Width, taps + (WinogradPlan.Taps - 1 - tap) * tapPitch, Width);
        }
        for (int row = 0; row < depth; row++)
        {
            for (int column = 0; column < Width; column += L.Count)
                Winograd<T, V, L>.WeightSquare(taps + row * rowPitch + column, tapPitch, transformed + row * Width + column, WeightPitch);
        }
    }

    [SkipLocalsInit]
    private void TransformTarget<E>(T* products, int pitch, int square, T* bias, T* target, in Epilogue<T> epilogue) where E : struct, IEpilogue
    {
        const int Targets = WinogradPlan.Targets, Sources = WinogradPlan.Sources;
        (int image, int top, int left) = plan.Place(square);
        int rows = Math.Min(Targets, plan.TargetH - top), columns = Math.Min(Targets, plan.TargetW - left);
        T* half = stackalloc T[Targets * Sources * L.Count], pixels = stackalloc T[Targets * L.Count];
        V lower = L.Broadcast(epilogue.Lower), upper = L.Broadcast(epilogue.Upper);
        for (int channel = 0; channel < Width; channel += L.Count)
        {
            for (int column = 0; column < Sources; column++)
                Winograd<T, V, L>.Target(products + column * pitch + channel, Sources * pitch, half + column * L.Count, Sources * L.Count);
            V offset = bias is null ? L.Zero : L.Load(bias + First + channel);
            for (int row = 0; row < rows; row++)
            {
                Winograd<T, V, L>.Target(half + row * Sources * L.Count, L.Count, pixels, L.Count);
                T* pixel = target + ((long)(image * plan.TargetH + top + row) * plan.TargetW + left) * plan.O + First + channel;
                T* residual = E.Exists && epilogue.Residual is not null ? epilogue.Residual + (pixel - target) : null;
                for (int column = 0; column < columns; column++)
                {
                    V sum = L.Add(L.Load(pixels + column * L.Count), offset);
                    if (residual is not null)
                        sum = L.Add(sum, L.Load(residual + (long)column * plan.O));
                    L.Store(pixel + (long)column * plan.O, E.Exists ? L.Min(upper, L.Max(lower, sum)) : sum);
                }
            }
        }
    }
}
