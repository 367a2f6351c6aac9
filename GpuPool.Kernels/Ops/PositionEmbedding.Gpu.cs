using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct PositionTableBackward<T, R> : IGroupKernel, IReduction<T, One<T>>
{
    public readonly bool SuitsGroups => ColumnReduction.Suits(Extents.Rows);

    public readonly (int Segments, int Rows, int Columns) Extents => (Count / Channels, Sum.Images * Sum.Across, Channels);

    public readonly void LaunchGroups(Device device) => ColumnReduction.Launch<T, One<T>, PositionTableBackward<T, R>>(device, this);

    public readonly bool Wants(int segment, int column) => true;

    public readonly One<T> Term(int segment, int row, int column) => new(segment < Sum.Places
        ? OutputGradient[Sum.Pixel(row / Sum.Across, segment, row % Sum.Across) * 2 * Channels + Sum.FirstChannel + column] : R.Of(0));

    public readonly void Finish(int segment, int column, One<T> sums) => Gradient[segment * Channels + column] = sums.First;
}
