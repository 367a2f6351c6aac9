using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// A weight of a bin and a cell is a product of one along each axis. So the samples of a bin are added up along each axis first: the cells that they read are fewer
// than four for each.

// Assumes what Views.Pointer promises: host memory. A tile is a box.
internal partial struct RoiAlignForward<T, R>
{
    public readonly int Tiles => Rois.IntLength / RoiGrid.BoxNumbers;

    public readonly int Channels => Grid.Map.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int roi) where V : struct where L : struct, ILanes<T, V>
    {
        int image = Grid.Image<T, R>(Rois, roi), channels = Channels;
        RoiAxis<T, R> vertical = Grid.Vertical<T, R>(Rois, roi, Scale), horizontal = Grid.Horizontal<T, R>(Rois, roi, Scale);
        T* y = Y.Pointer() + Grid.Bins.Offset(roi, 0, 0);
        if (image < 0 || !vertical.IsBox || !horizontal.IsBox)
        {
            new Span<T>(y, Grid.Height * Grid.Bins.RowLength).Fill(R.Of(double.NaN));
            return;
        }
        V count = L.Of(Math.Max(vertical.Samples * horizontal.Samples, 1));
        var rows = new RoiWeights<T, R>(0, vertical);
        var columns = new RoiWeights<T, R>(1, horizontal);
        T* map = X.Pointer() + Grid.Map.Offset(image, 0, 0);
        T* weights = HostScratch.Rent<T>(2, rows.MostTaps * columns.MostTaps);
        nint* offsets = HostScratch.Rent<nint>(3, rows.MostTaps * columns.MostTaps);
        for (int row = 0; row < Grid.Height; row++)
        {
            for (int column = 0; column < Grid.Width; column++, y += channels)
            {
                int taps = 0;
                for (int a = rows.First(row); a < rows.First(row + 1); a++)
                {
                    for (int b = columns.First(column); b < columns.First(column + 1); b++)
                        (weights[taps], offsets[taps++]) = (rows.Weights[a] * columns.Weights[b], Grid.Map.Offset(0, rows.Cells[a], columns.Cells[b]));
                }
                for (int next = 0; next < channels; next += L.Count)
                {
                    int channel = Math.Min(next, channels - L.Count);
                    V sum = L.Zero;
                    for (int tap = 0; tap < taps; tap++)
                        sum = L.MultiplyAdd(L.Broadcast(weights[tap]), L.Load(map + offsets[tap] + channel), sum);
                    L.Store(y + channel, L.Divide(sum, count));
                }
            }
        }
    }
}

// A tile is a row of the map, to which each box adds what it reads there: the rows of its bins first, then their columns.
internal partial struct RoiAlignBackward<T, R>
{
    public readonly int Tiles => Grid.Images * Grid.Map.Height;

    public readonly int Channels => Grid.Map.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int image = tile / Grid.Map.Height, mapRow = tile % Grid.Map.Height;
        T* dx = Gradient.Pointer() + (long)tile * Grid.Map.RowLength, bins = HostScratch.Rent<T>(2, Grid.Bins.RowLength);
        new Span<T>(dx, Grid.Map.RowLength).Clear();
        for (int roi = 0; roi < Rois.IntLength / RoiGrid.BoxNumbers; roi++)
        {
            if (Grid.Image<T, R>(Rois, roi) != image)
                continue;
            RoiAxis<T, R> vertical = Grid.Vertical<T, R>(Rois, roi, Scale), horizontal = Grid.Horizontal<T, R>(Rois, roi, Scale);
            Interval cells = vertical.Cells;
            if (mapRow >= cells.First && mapRow < cells.End && horizontal.Samples > 0 && AddRows<V, L>(roi, mapRow, vertical, horizontal.Samples, bins))
                AddColumns<V, L>(new RoiWeights<T, R>(0, horizontal), bins, dx);
        }
    }

    // The gradient of the bins along a row of the map.
    private readonly unsafe bool AddRows<V, L>(int roi, int mapRow, RoiAxis<T, R> vertical, int samples, T* bins) where V : struct where L : struct, ILanes<T, V>
    {
        bool any = false;
        int length = Grid.Bins.RowLength;
        for (int row = 0; row < Grid.Height; row++)
        {
            T weight = vertical.WeightOf(mapRow, row);
            if (weight == T.Zero)
                continue;
            V factor = L.Broadcast(weight / R.Of(vertical.Samples * samples));
            T* dy = OutputGradient.Pointer() + Grid.Bins.Offset(roi, row, 0);
            // The last vector may run over the end, into slack.
            for (int next = 0; next < length; next += L.Count)
                L.Store(bins + next, L.MultiplyAdd(factor, L.Load(dy + next), any ? L.Load(bins + next) : L.Zero));
            any = true;
        }
        return any;
    }

    private readonly unsafe void AddColumns<V, L>(RoiWeights<T, R> columns, T* bins, T* dx) where V : struct where L : struct, ILanes<T, V>
    {
        int channels = Channels;
        for (int column = 0; column < Grid.Width; column++, bins += channels)
        {
            for (int tap = columns.First(column); tap < columns.First(column + 1); tap++)
            {
                T* cell = dx + columns.Cells[tap] * channels;
                T weight = columns.Weights[tap];
                V factor = L.Broadcast(weight);
                int channel = 0;
                for (; channel <= channels - L.Count; channel += L.Count)
                    L.Store(cell + channel, L.MultiplyAdd(factor, L.Load(bins + channel), L.Load(cell + channel)));
                for (; channel < channels; channel++)
                    cell[channel] += weight * bins[channel];
            }
        }
    }
}
