using GpuPool.Kernels.Gpu;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Updates;

internal partial struct SquareSums<T> : IGroupKernel, IReduction<T, One<T>>
{
    public readonly bool SuitsGroups => ColumnReduction.Suits(X.IntLength);

    public readonly (int Segments, int Rows, int Columns) Extents => (Count, Math.Min(ElementTiles.Size, X.IntLength), 1);

    public readonly void LaunchGroups(Device device) => ColumnReduction.Launch<T, One<T>, SquareSums<T>>(device, this);

    public readonly bool Wants(int segment, int column) => true;

    public readonly One<T> Term(int segment, int row, int column)
    {
        int index = segment * ElementTiles.Size + row;
        return new(index < X.IntLength ? X[index] * X[index] : T.Zero);
    }

    public readonly void Finish(int segment, int column, One<T> sums) => Sums[First + segment] = sums.First;
}
