using GpuPool.Experiments.Data;
using GpuPool.Models.Attribution;

namespace GpuPool.Experiments.Report;

/// <summary>The colours of heat maps, and how they lie over a picture.</summary>
internal static class HeatColours
{
    private const int Channels = 3, Byte = 255;

    /// <summary>The colour of a value in [0, 1] by OpenCV's JET: dark blue, blue, cyan, yellow, red, dark red.</summary>
    public static (double Red, double Green, double Blue) Jet(double value)
    {
        double Ramp(double peak) => Math.Clamp(1.5 - Math.Abs(4 * value - peak), 0, 1);
        return (Ramp(3), Ramp(2), Ramp(1));
    }

    /// <summary>Half picture and half heat, divided by its largest value: as the paper's Grad-CAM is shown.</summary>
    /// <param name="colours">(side, side, 3) colours in [0, 1].</param>
    /// <param name="map">Values in [0, 1].</param>
    public static RgbImage Overlay(ReadOnlySpan<float> colours, Heatmap map)
    {
        float[] mixed = Mix(colours, map, 0.5f);
        float most = Math.Max(System.Numerics.Tensors.TensorPrimitives.Max<float>(mixed), float.Epsilon);
        return Picture(mixed, map, value => value / most);
    }

    /// <summary>The picture and half of the heat, its values brought to [0, 1]: as the paper shows weights directly.</summary>
    public static RgbImage DirectOverlay(ReadOnlySpan<float> colours, Heatmap map)
    {
        float[] mixed = Mix(colours, map, 1);
        (float least, float most) = (mixed.Min(), mixed.Max());
        float range = Math.Max(most - least, float.Epsilon);
        return Picture(mixed, map, value => (value - least) / range);
    }

    /// <summary>The heat alone.</summary>
    public static RgbImage Alone(Heatmap map) => Picture(Mix(new float[Channels * map.Values.Length], map, 0), map, value => 2 * value);

    /// <summary>A picture without heat.</summary>
    public static RgbImage Picture(ReadOnlySpan<float> colours, int side)
    {
        byte[] pixels = new byte[colours.Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = ToByte(colours[i]);
        return new RgbImage(pixels, side, side);
    }

    private static float[] Mix(ReadOnlySpan<float> colours, Heatmap map, float share)
    {
        float[] mixed = new float[Channels * map.Values.Length];
        for (int pixel = 0; pixel < map.Values.Length; pixel++)
        {
            (double red, double green, double blue) = Jet(map.Values[pixel]);
            int i = Channels * pixel;
            mixed[i] = share * colours[i] + 0.5f * (float)red;
            mixed[i + 1] = share * colours[i + 1] + 0.5f * (float)green;
            mixed[i + 2] = share * colours[i + 2] + 0.5f * (float)blue;
        }
        return mixed;
    }

    private static RgbImage Picture(float[] values, Heatmap map, Func<float, float> scale) =>
        new([.. values.Select(value => ToByte(scale(value)))], map.Width, map.Height);

    private static byte ToByte(float value) => (byte)Math.Round(Math.Clamp(value, 0f, 1f) * Byte);
}
