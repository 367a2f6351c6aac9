using GpuPool.Kernels;

namespace GpuPool.Models.Attribution;

/// <summary>The map of one picture in a layer, or its gradient: <paramref name="Channels"/> values a pixel, row by row.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Channels">Channels.</param>
/// <param name="Values">Height * Width * Channels values.</param>
public sealed record ChannelMap(int Height, int Width, int Channels, double[] Values)
{
    /// <summary>The map of an array (1, H, W, C).</summary>
    internal static ChannelMap Of(DeviceArray array)
    {
        Require.Rank(nameof(ChannelMap), "the map", array.Shape, "1, H, W, C");
        return new ChannelMap(array.Shape[1], array.Shape[2], array.Shape[3], array.ToDoubles());
    }

    /// <summary>The mean of each channel over all pixels.</summary>
    public double[] ChannelMeans()
    {
        double[] sums = new double[Channels];
        for (int i = 0; i < Values.Length; i++)
            sums[i % Channels] += Values[i];
        return [.. sums.Select(sum => sum / (Height * Width))];
    }

    /// <summary>sum over the channels of weight * value, at each pixel.</summary>
    public Heatmap Weighted(IReadOnlyList<double> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Count, Channels, nameof(weights));
        double[] sums = new double[Height * Width];
        for (int i = 0; i < Values.Length; i++)
            sums[i / Channels] += weights[i % Channels] * Values[i];
        return new Heatmap(Height, Width, sums);
    }

    /// <summary>One channel.</summary>
    public Heatmap Channel(int channel) => new(Height, Width, [.. Enumerable.Range(0, Height * Width).Select(pixel => Values[pixel * Channels + channel])]);
}
