using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// The 36 sums of products of some channels of x and a panel of dy, transformed back while they are in the second-level cache.
internal partial struct WinogradBackwardWeight<T>
{
    private const int BlockRows = 24;

    private readonly int Blocks<V, L>() where V : struct where L : struct, ILanes<T, V> =>
        Panels<T, V, L>.Number(Direct.G.O) * ((Direct.G.C + BlockRows - 1) / BlockRows);

    private readonly unsafe void Block<V, L>(int block, T* sources, T* gradients) where V : struct where L : struct, ILanes<T, V>
    {
        (int inputs, int outputs, int squares) = (Direct.G.C, Direct.G.O, Plan.Squares);
        int panels = Panels<T, V, L>.Number(outputs), panel = block % panels, column = panel * Panels<T, V, L>.Width, channel = block / panels * BlockRows;
        int channels = Math.Min(BlockRows, inputs - channel), vectors = Panels<T, V, L>.VectorsOf(panel, outputs), width = vectors * L.Count, pitch = BlockRows * width + WinogradPlan.Skew;
        T* sums = HostScratch.Rent<T>(SumSlot, WinogradPlan.Products * pitch), target = Direct.Gradient.Pointer() + (long)channel * outputs + column;
        T** rows = (T**)HostScratch.Rent<nint>(PointerSlot, squares);
        for (int square = 0; square < squares; square++)
            rows[square] = sources + square * inputs;
        var targets = new TapBlock<T>(target, (long)inputs * outputs, channels, width, outputs);
        for (int product = 0; product < WinogradPlan.Products; product++)
        {
            targets.Fetch(product);
            for (int row = 0; row < channels; row += ProductTile.Rows)
            {
                ConvolutionBackwardWeight<T>.Multiply<V, L>(vectors, rows, product * SourcePitch + channel + row, squares, gradients + (long)product * GradientPitch + column, outputs,
                    sums + product * pitch + row * width, width, Math.Min(ProductTile.Rows, channels - row), adds: false);
            }
        }
        for (int row = 0; row < channels; row++)
            TransformBack<V, L>(sums + row * width, pitch, target + (long)row * outputs, width);
    }
}
