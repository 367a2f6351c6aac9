using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct SoftmaxCrossEntropyMean<T, R> : IGroupKernel, IReduction<T, One<T>>
{
    public readonly bool SuitsGroups => ColumnReduction.Suits(Losses.IntLength);

    public readonly (int Segments, int Rows, int Columns) Extents => (1, Losses.IntLength, 1);

    public readonly void LaunchGroups(Device device) => ColumnReduction.Launch<T, One<T>, SoftmaxCrossEntropyMean<T, R>>(device, this);

    public readonly bool Wants(int segment, int column) => true;

    public readonly One<T> Term(int segment, int row, int column) => new(Losses[row]);

    public readonly void Finish(int segment, int column, One<T> sums) => Y[0] = sums.First / R.Of(Losses.IntLength);
}
