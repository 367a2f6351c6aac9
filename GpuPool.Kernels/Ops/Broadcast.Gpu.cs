using System.Runtime.CompilerServices;
using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct BroadcastBackward<T> : IGroupKernel, IReduction<T, One<T>>
{
    public readonly bool SuitsGroups => ColumnReduction.Suits(Extents.Rows);

    /// <summary>Columns are channels where these stay; rows are the places of the axes that are summed, and segments those of the others.</summary>
    public readonly (int Segments, int Rows, int Columns) Extents => (Count / Axes.Source.Channels, OutputGradient.IntLength / Count, Axes.Source.Channels);

    public readonly void LaunchGroups(Device device) => ColumnReduction.Launch<T, One<T>, BroadcastBackward<T>>(device, this);

    public readonly bool Wants(int segment, int column) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly One<T> Term(int segment, int row, int column)
    {
        int channel = column, across, down;
        if (Axes.Source.Channels == 1)
        {
            channel = row % Axes.Target.Channels;
            row /= Axes.Target.Channels;
        }
        if (Axes.Source.Width == 1)
        {
            across = row % Axes.Target.Width;
            row /= Axes.Target.Width;
        }
        else
        {
            across = segment % Axes.Target.Width;
            segment /= Axes.Target.Width;
        }
        if (Axes.Source.Height == 1)
        {
            down = row % Axes.Target.Height;
            row /= Axes.Target.Height;
        }
        else
        {
            down = segment % Axes.Target.Height;
            segment /= Axes.Target.Height;
        }
        return new(OutputGradient[Axes.Target.Offset(Axes.SourceImages == 1 ? row : segment, down, across, channel)]);
    }

    public readonly void Finish(int segment, int column, One<T> sums) => Gradient[segment * Axes.Source.Channels + column] = sums.First;
}
