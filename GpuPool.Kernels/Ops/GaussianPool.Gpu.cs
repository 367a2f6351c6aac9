using System.Runtime.CompilerServices;
using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct GaussianPoolForward<T, R, W> : IGroupKernel
{
    // Where windows are small, one thread for each is enough, and neighbouring threads read neighbouring channels.
    public readonly bool SuitsGroups => Windows.IsWhole && ColumnReduction.Suits(Windows.Area);

    public readonly void LaunchGroups(Device device)
    {
        if (!Windows.IsWhole)
        {
            device.LaunchThreads(this);
            return;
        }
        ColumnReduction.Launch<T, One<T>, Moments>(device, new() { Of = this });
        ColumnReduction.Launch<T, One<T>, Moments>(device, new() { Of = this, Pass = 1 });
    }

    /// <summary>The mean of a whole map, then its deviation and y.</summary>
    internal struct Moments : IReduction<T, One<T>>
    {
        public GaussianPoolForward<T, R, W> Of;
        public int Pass;

        public readonly (int Segments, int Rows, int Columns) Extents => (Of.Count / Of.Windows.Channels, Of.Windows.Area, Of.Windows.Channels);

        public readonly bool Wants(int segment, int column) => true;

        public readonly One<T> Term(int segment, int row, int column)
        {
            T x = Of.X[(segment * Of.Windows.Area + row) * Of.Windows.Channels + column];
            if (Pass == 0)
                return new(x);
            T difference = x - Of.Mean[segment * Of.Windows.Channels + column];
            return new(difference * difference);
        }

        public readonly void Finish(int segment, int column, One<T> sums)
        {
            int index = segment * Of.Windows.Channels + column;
            T average = sums.First / R.Of(Of.Windows.Area);
            if (Pass == 0)
                Of.Mean[index] = average;
            else
                Of.Finish(index, index, Of.Mean[index], average);
        }
    }
}

internal partial struct GaussianPoolBackwardWeight<T, R, W> : IGroupKernel, IReduction<T, Two<T>>
{
    public readonly bool SuitsGroups => ColumnReduction.Suits(Extents.Rows);

    public readonly (int Segments, int Rows, int Columns) Extents => (Count / Windows.Channels, Windows.Output.Height * Windows.Output.Width, Windows.Channels);

    public readonly void LaunchGroups(Device device) => ColumnReduction.Launch<T, Two<T>, GaussianPoolBackwardWeight<T, R, W>>(device, this);

    public readonly bool Wants(int segment, int column) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Two<T> Term(int segment, int row, int column)
    {
        int y = (segment * Windows.Output.Height * Windows.Output.Width + row) * Windows.Channels + column;
        return Terms(y, segment * Windows.Channels + column);
    }

    public readonly void Finish(int segment, int column, Two<T> sums)
    {
        MuGradient[segment * Windows.Channels + column] = sums.First;
        if (SigmaGradient.IntLength > 0)
            SigmaGradient[segment * Windows.Channels + column] = sums.Second;
    }
}
