using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct ColumnSumForward<T> : IGroupKernel, IReduction<T>
{
    public readonly bool SuitsGroups => ColumnReduction.Suits(Rows);

    public readonly (int Segments, int Rows, int Columns) Extents => (1, Rows, Channels);

    public readonly void LaunchGroups(Device device) => ColumnReduction.Launch<T, ColumnSumForward<T>>(device, this);

    public readonly Pair<T> Term(int segment, int row, int column) => new(X[row * Channels + column], T.Zero);

    public readonly void Finish(int segment, int column, Pair<T> sums) => Sum[column] = sums.First;
}
