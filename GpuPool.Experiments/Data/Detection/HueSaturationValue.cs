namespace GpuPool.Experiments.Data.Detection;

/// <summary>A colour as hue in degrees, saturation and value, as OpenCV has them for floats of any range.</summary>
/// <remarks>
/// V = max(R, G, B), S = (V - min) / (|V| + e), and H = 60 (G - B) / (V - min + e) where V is red, 120 + 60 (B - R) / (..) where it is green, 240 + 60 (R - G) / (..)
/// where it is blue, plus 360 if negative; e = 2^-23.
/// </remarks>
/// <param name="Hue">In [0, 360].</param>
/// <param name="Saturation">From 0 on.</param>
/// <param name="Value">The largest of the three colours.</param>
internal readonly record struct HueSaturationValue(float Hue, float Saturation, float Value)
{
    private const float Tiny = 1.1920929e-7f, Sextant = 60;

    /// <summary>Of three colours.</summary>
    public static HueSaturationValue Of(float red, float green, float blue)
    {
        float value = Math.Max(red, Math.Max(green, blue)), span = value - Math.Min(red, Math.Min(green, blue)), scale = Sextant / (span + Tiny);
        float hue = value == red ? (green - blue) * scale : value == green ? (blue - red) * scale + 2 * Sextant : (red - green) * scale + 4 * Sextant;
        return new HueSaturationValue(hue < 0 ? hue + 6 * Sextant : hue, span / (Math.Abs(value) + Tiny), value);
    }

    /// <summary>Back to red, green and blue.</summary>
    public (float Red, float Green, float Blue) ToColours()
    {
        float turn = Hue / Sextant;
        int sextant = (int)turn;
        float part = turn - sextant;
        float low = Value * (1 - Saturation), falling = Value * (1 - Saturation * part), rising = Value * (1 - Saturation * (1 - part));
        return sextant switch
        {
            1 => (falling, Value, low),
            2 => (low, Value, rising),
            3 => (low, falling, Value),
            4 => (rising, low, Value),
            5 => (Value, low, falling),
            // A hue of 360 is one of 0.
            _ => (Value, rising, low),
        };
    }
}
