using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct BatchNormMoments<T, R> : IGroupKernel
{
    public readonly bool SuitsGroups => Training != 0 && ColumnReduction.Suits(Rows);

    // The second pass sums those channels alone whose first value is an outlier.
    public readonly void LaunchGroups(Device device)
    {
        if (Training == 0)
        {
            device.LaunchThreads(this);
            return;
        }
        ColumnReduction.Launch<T, Two<T>, ShiftedSums>(device, new() { Moments = this });
        ColumnReduction.Launch<T, Two<T>, ShiftedSums>(device, new() { Moments = this, Pass = 1 });
    }

    /// <summary>Sums of differences from the first value of a channel, and in a second pass from its mean; a channel that waits for the second has <see cref="Again"/> for rstd.</summary>
    internal struct ShiftedSums : IReduction<T, Two<T>>
    {
        public BatchNormMoments<T, R> Moments;

        public int Pass;

        public readonly (int Segments, int Rows, int Columns) Extents => (1, Moments.Rows, Moments.Channels);

        public readonly bool Wants(int segment, int column) => Pass == 0 || Moments.Rstd[column] == Again;

        public readonly Two<T> Term(int segment, int row, int column)
        {
            T difference = Moments.X[row * Moments.Channels + column] - Shift(column);
            return new(difference, difference * difference);
        }

        public readonly void Finish(int segment, int column, Two<T> sums)
        {
            if (Pass == 0 && Moments.IsOutlier(sums.First, sums.Second))
            {
                Moments.Mean[column] = Shift(column) + sums.First / R.Of(Moments.Rows);
                Moments.Rstd[column] = Again;
            }
            else
            {
                Moments.Finish(column, Shift(column), sums.First, sums.Second);
            }
        }

        private readonly T Shift(int column) => Pass == 0 ? Moments.X[column] : Moments.Mean[column];
    }
}

internal partial struct BatchNormBackwardSums<T, R> : IGroupKernel, IReduction<T, Two<T>>
{
    public readonly bool SuitsGroups => ColumnReduction.Suits(Rows);

    public readonly (int Segments, int Rows, int Columns) Extents => (1, Rows, Channels);

    public readonly void LaunchGroups(Device device) => ColumnReduction.Launch<T, Two<T>, BatchNormBackwardSums<T, R>>(device, this);

    public readonly bool Wants(int segment, int column) => true;

    public readonly Two<T> Term(int segment, int row, int column)
    {
        int index = row * Channels + column;
        T g = MaskedGradient(index, column);
        return new(g, g * (X[index] - Mean[column]));
    }

    public readonly void Finish(int segment, int column, Two<T> sums)
    {
        BetaGradient[column] = sums.First;
        GammaGradient[column] = sums.Second * Rstd[column];
    }
}
