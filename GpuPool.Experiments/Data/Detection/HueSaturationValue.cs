using System.Numerics;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>Colours as hue in degrees, saturation and value, as OpenCV has them for floats of any range; as many at a time as a vector holds.</summary>
/// <remarks>
/// V = max(R, G, B), S = (V - min) / (|V| + e), and H = 60 (G - B) / (V - min + e) where V is red, 120 + 60 (B - R) / (..) where it is green, 240 + 60 (R - G) / (..)
/// where it is blue, plus 360 if negative; e = 2^-23. Back: V - V S max(0, min(k, 4 - k, 1)), k = (n + H / 60) mod 6, n = 5 for red, 3 for green, 1 for blue.
/// </remarks>
/// <param name="Hue">In [0, 360].</param>
/// <param name="Saturation">From 0 on.</param>
/// <param name="Value">The largest of the three colours.</param>
internal readonly record struct HueSaturationValue(Vector<float> Hue, Vector<float> Saturation, Vector<float> Value)
{
    private const float Tiny = 1.1920929e-7f, Sextant = 60;

    /// <summary>A whole turn in degrees.</summary>
    public const float Turn = 6 * Sextant;

    /// <summary>Of red, green and blue.</summary>
    public static HueSaturationValue Of(Vector<float> red, Vector<float> green, Vector<float> blue)
    {
        Vector<float> value = Vector.Max(red, Vector.Max(green, blue)), span = value - Vector.Min(red, Vector.Min(green, blue));
        Vector<float> scale = new Vector<float>(Sextant) / (span + new Vector<float>(Tiny));
        Vector<float> hue = Vector.ConditionalSelect(
            Vector.Equals(value, red), (green - blue) * scale,
            Vector.ConditionalSelect(
                Vector.Equals(value, green), (blue - red) * scale + new Vector<float>(2 * Sextant), (red - green) * scale + new Vector<float>(4 * Sextant)));
        return new HueSaturationValue(Wrapped(hue), span / (Vector.Abs(value) + new Vector<float>(Tiny)), value);
    }

    /// <summary>Hues moved by at most a turn into [0, 360].</summary>
    public static Vector<float> Wrapped(Vector<float> hue)
    {
        Vector<float> turn = new(Turn);
        return Vector.ConditionalSelect(Vector.GreaterThan(hue, turn), hue - turn, Vector.ConditionalSelect(Vector.LessThan(hue, Vector<float>.Zero), hue + turn, hue));
    }

    /// <summary>Back to red, green and blue.</summary>
    public (Vector<float> Red, Vector<float> Green, Vector<float> Blue) ToColours() => (Colour(5), Colour(3), Colour(1));

    private Vector<float> Colour(float first)
    {
        Vector<float> six = new(6), k = Hue / new Vector<float>(Sextant) + new Vector<float>(first);
        k = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(k, six), k - six, k);
        Vector<float> share = Vector.Max(Vector<float>.Zero, Vector.Min(Vector.Min(k, new Vector<float>(4) - k), Vector<float>.One));
        return Value - Value * Saturation * share;
    }
}
