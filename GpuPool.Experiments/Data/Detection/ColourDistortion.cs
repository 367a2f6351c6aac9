using System.Numerics;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>Random brightness, contrast, saturation, hue and order of the colours of a picture; nothing is clipped.</summary>
/// <remarks>
/// Each with probability 1/2: brightness += U(-32, 32); contrast *= U(0.5, 1.5), either before or after the next two; saturation *= U(0.5, 1.5) and hue += U(-18, 18) degrees;
/// a random order of the three colours. Source: <c>PhotoMetricDistortion</c> of mmdetection 2.25, after SSD.
/// </remarks>
internal readonly struct ColourDistortion
{
    private const double Brightness = 32, LeastFactor = 0.5, MostFactor = 1.5, Hue = 18;
    // Pixels whose colours are put apart at a time; a multiple of a vector's length.
    private const int AtOnce = 64;

    private readonly float _brightness, _early, _saturation, _hue, _late;
    private readonly int _red, _green, _blue;

    /// <summary>Draws one.</summary>
    public ColourDistortion(IRandomDraws draws)
    {
        _brightness = Drawn(draws, -Brightness, Brightness, 0);
        bool isEarly = Coin(draws);
        _early = isEarly ? Factor(draws) : 1;
        _saturation = Factor(draws);
        _hue = Drawn(draws, -Hue, Hue, 0);
        _late = isEarly ? 1 : Factor(draws);
        // The order is that of the released code's pictures, which have blue first.
        Span<int> order = [0, 1, 2];
        if (Coin(draws))
            draws.Shuffle(order);
        (_blue, _green, _red) = (2 - order[0], 2 - order[1], 2 - order[2]);
    }

    /// <summary>Distorts red, green and blue values of 0 to 255, one pixel after the other.</summary>
    public void Apply(Span<float> pixels)
    {
        Span<float> planes = stackalloc float[3 * AtOnce];
        for (; pixels.Length > 0; pixels = pixels[Math.Min(3 * AtOnce, pixels.Length)..])
        {
            int count = Math.Min(AtOnce, pixels.Length / 3);
            for (int i = 0; i < count; i++)
                (planes[i], planes[AtOnce + i], planes[2 * AtOnce + i]) = (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]);
            for (int i = 0; i < count; i += Vector<float>.Count)
                Apply(planes[i..], planes[(AtOnce + i)..], planes[(2 * AtOnce + i)..]);
            for (int i = 0; i < count; i++)
                (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (planes[_red * AtOnce + i], planes[_green * AtOnce + i], planes[_blue * AtOnce + i]);
        }
    }

    private void Apply(Span<float> reds, Span<float> greens, Span<float> blues)
    {
        Vector<float> brightness = new(_brightness);
        var colour = HueSaturationValue.Of(
            (new Vector<float>(reds) + brightness) * _early, (new Vector<float>(greens) + brightness) * _early, (new Vector<float>(blues) + brightness) * _early);
        (Vector<float> red, Vector<float> green, Vector<float> blue) = new HueSaturationValue(
            HueSaturationValue.Wrapped(colour.Hue + new Vector<float>(_hue)), colour.Saturation * _saturation, colour.Value).ToColours();
        (red * _late).CopyTo(reds);
        (green * _late).CopyTo(greens);
        (blue * _late).CopyTo(blues);
    }

    private static bool Coin(IRandomDraws draws) => draws.Next(2) == 1;

    private static float Factor(IRandomDraws draws) => Drawn(draws, LeastFactor, MostFactor, 1);

    private static float Drawn(IRandomDraws draws, double low, double high, float otherwise) => Coin(draws) ? (float)draws.NextDouble(low, high) : otherwise;
}
