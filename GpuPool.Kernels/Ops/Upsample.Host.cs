using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory. A tile is a row of the output.
internal partial struct UpsampleForward<T, R>
{
    public readonly int Tiles => Count / Map.Target.RowLength;

    public readonly int Channels => Map.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int image = tile / Map.Target.Height, row = tile % Map.Target.Height, channels = Channels;
        int taps = Map.Vertical.Taps;
        T** lines = stackalloc T*[taps], cells = stackalloc T*[taps * taps];
        T* rowWeights = stackalloc T[taps], weights = stackalloc T[taps * taps];
        for (int a = 0; a < taps; a++)
        {
            rowWeights[a] = Map.Vertical.Weight<T, R>(row, a);
            lines[a] = X.Pointer() + Map.Source.Offset(image, Map.Vertical.Cell(row, a), 0);
        }
        T* y = Y.Pointer() + tile * Map.Target.RowLength;
        for (int column = 0; column < Map.Target.Width; column++, y += channels)
        {
            int read = 0;
            for (int a = 0; a < taps; a++)
            {
                for (int b = 0; b < taps; b++)
                {
                    T weight = rowWeights[a] * Map.Horizontal.Weight<T, R>(column, b);
                    if (weight == T.Zero)
                        continue;
                    weights[read] = weight;
                    cells[read++] = lines[a] + Map.Horizontal.Cell(column, b) * channels;
                }
            }
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V sum = L.Zero;
                for (int tap = 0; tap < read; tap++)
                    sum = L.MultiplyAdd(L.Broadcast(weights[tap]), L.Load(cells[tap] + channel), sum);
                L.Store(y + channel, sum);
            }
        }
    }
}

// A tile is a row of the input's gradient.
internal partial struct UpsampleBackward<T, R>
{
    public readonly int Tiles => Count / Map.Source.RowLength;

    public readonly int Channels => Map.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int image = tile / Map.Source.Height, sourceRow = tile % Map.Source.Height, channels = Channels;
        T* dy = OutputGradient.Pointer(), dx = Gradient.Pointer() + tile * Map.Source.RowLength;
        Interval rows = Map.Vertical.Readers(sourceRow);
        T* rowWeights = Weights(0, Map.Vertical, sourceRow, rows);
        for (int cell = 0; cell < Map.Source.Width; cell++, dx += channels)
        {
            Interval columns = Map.Horizontal.Readers(cell);
            T* columnWeights = Weights(1, Map.Horizontal, cell, columns);
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V sum = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    if (rowWeights[row - rows.First] == T.Zero)
                        continue;
                    V rowSum = L.Zero;
                    T* gradient = dy + Map.Target.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, gradient += channels)
                    {
                        T weight = columnWeights[column - columns.First];
                        if (weight != T.Zero)
                            rowSum = L.MultiplyAdd(L.Broadcast(weight), L.Load(gradient), rowSum);
                    }
                    sum = L.MultiplyAdd(L.Broadcast(rowWeights[row - rows.First]), rowSum, sum);
                }
                L.Store(dx + channel, sum);
            }
        }
    }

    private static unsafe T* Weights(int slot, ResampledAxis axis, int source, Interval readers)
    {
        T* weights = HostScratch.Rent<T>(slot, readers.End - readers.First);
        for (int target = readers.First; target < readers.End; target++)
            weights[target - readers.First] = axis.WeightOf<T, R>(source, target);
        return weights;
    }
}
