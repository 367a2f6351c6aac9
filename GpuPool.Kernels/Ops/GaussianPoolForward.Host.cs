using System.Runtime.CompilerServices;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and null for an absent array. A tile is a row of windows.
internal partial struct GaussianParameters<T, R, W>
{
    /// <summary>Whether each element has a weight of its own.</summary>
    public readonly bool IsOfElements => PerElement != 0 && Noise.IntLength > 0;

    /// <summary>Weights of a run of channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly unsafe V Weight<V, L>(int y, int pixel, out V muSlope, out V sigmaSlope) where V : struct where L : struct, ILanes<T, V>
    {
        T* sigmas = Sigma.Pointer(), noises = Noise.Pointer();
        V sigma = sigmas != null ? L.Load(sigmas + pixel) : L.Zero;
        V noise = noises != null ? L.Load(noises + (PerElement != 0 ? y : pixel)) : L.Of(W.Still);
        return W.Of<V, L>(L.Load(Mu.Pointer() + pixel), sigma, noise, out muSlope, out sigmaSlope);
    }
}

internal partial struct GaussianPoolForward<T, R, W>
{
    public readonly int Tiles => Count / Windows.Output.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / output.Height, channels = Channels, y = tile * output.RowLength;
        Interval rows = Windows.Vertical.Cells(tile % output.Height);
        T* means = Mean.Pointer(), deviations = Deviation.Pointer(), results = Y.Pointer();
        V area = L.Of(Windows.Area), least = L.Of(Least);
        for (int next = 0; next < channels; next += L.Count)
        {
            int channel = Math.Min(next, channels - L.Count);
            V weight = L.Zero;
            for (int window = 0; window < output.Width; window++)
            {
                Interval columns = Windows.Horizontal.Cells(window);
                int target = y + window * channels + channel;
                T* first = X.Pointer() + input.Offset(image, rows.First, columns.First, channel);
                V sum = L.Zero, spread = L.Zero;
                T* cells = first;
                for (int row = rows.First; row < rows.End; row++, cells += input.RowLength)
                {
                    T* cell = cells;
                    for (int column = columns.First; column < columns.End; column++, cell += channels)
                        sum = L.Add(sum, L.Load(cell));
                }
                V mean = L.Divide(sum, area);
                cells = first;
                for (int row = rows.First; row < rows.End; row++, cells += input.RowLength)
                {
                    T* cell = cells;
                    for (int column = columns.First; column < columns.End; column++, cell += channels)
                    {
                        V difference = L.Subtract(L.Load(cell), mean);
                        spread = L.MultiplyAdd(difference, difference, spread);
                    }
                }
                V outside = L.Of(Windows.Area - (rows.End - rows.First) * (columns.End - columns.First));
                V variance = L.Divide(L.MultiplyAdd(L.Multiply(outside, mean), mean, spread), area);
                V deviation = L.Sqrt(L.IfLess(variance, least, least, variance));
                // Without noise of each element all windows of an image have the same.
                if (window == 0 || Parameters.IsOfElements)
                    weight = Parameters.Weight<V, L>(target, image * channels + channel, out _, out _);
                L.Store(means + target, mean);
                L.Store(deviations + target, deviation);
                L.Store(results + target, L.MultiplyAdd(weight, deviation, mean));
            }
        }
    }
}
