using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct ColumnSumForward<T> : IGroupKernel, IReduction<T, One<T>>
{
    public readonly bool SuitsGroups => ColumnReduction.Suits(Rows);

    public readonly (int Segments, int Rows, int Columns) Extents => (1, Rows, Channels);

    public readonly void LaunchGroups(Device device) => ColumnReduction.Launch<T, One<T>, ColumnSumForward<T>>(device, this);

    public readonly bool Wants(int segment, int column) => true;

    public readonly One<T> Term(int segment, int row, int column) => new(X[row * Channels + column]);

    public readonly void Finish(int segment, int column, One<T> sums) => Sum[column] = sums.First;
}
