using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct AveragePoolForward<T, R> : IGroupKernel, IReduction<T, One<T>>
{
    // Where windows are small, one thread for each is enough, and neighbouring threads read neighbouring channels.
    public readonly bool SuitsGroups => Windows.IsWhole && ColumnReduction.Suits(Windows.Area);

    public readonly (int Segments, int Rows, int Columns) Extents => (Count / Windows.Channels, Windows.Area, Windows.Channels);

    public readonly void LaunchGroups(Device device)
    {
        if (Windows.IsWhole)
            ColumnReduction.Launch<T, One<T>, AveragePoolForward<T, R>>(device, this);
        else
            device.LaunchThreads(this);
    }

    public readonly bool Wants(int segment, int column) => true;

    public readonly One<T> Term(int segment, int row, int column) => new(X[(segment * Windows.Area + row) * Windows.Channels + column]);

    public readonly void Finish(int segment, int column, One<T> sums) => Y[segment * Windows.Channels + column] = sums.First / R.Of(Windows.Area);
}
