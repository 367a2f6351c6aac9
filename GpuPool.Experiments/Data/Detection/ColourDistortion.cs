namespace GpuPool.Experiments.Data.Detection;

/// <summary>Random brightness, contrast, saturation, hue and order of the colours of a picture; nothing is clipped.</summary>
/// <remarks>
/// Each with probability 1/2: brightness += U(-32, 32); contrast *= U(0.5, 1.5), either before or after the next two; saturation *= U(0.5, 1.5) and hue += U(-18, 18) degrees;
/// a random order of the three colours. Source: <c>PhotoMetricDistortion</c> of mmdetection 2.25, after SSD.
/// </remarks>
internal readonly struct ColourDistortion
{
    private const double Brightness = 32, LeastFactor = 0.5, MostFactor = 1.5, Hue = 18;
    private const float FullTurn = 360;

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
        for (int i = 0; i < pixels.Length; i += 3)
        {
            Span<float> pixel = pixels.Slice(i, 3);
            var colour = HueSaturationValue.Of((pixel[0] + _brightness) * _early, (pixel[1] + _brightness) * _early, (pixel[2] + _brightness) * _early);
            float hue = colour.Hue + _hue;
            hue = hue > FullTurn ? hue - FullTurn : hue < 0 ? hue + FullTurn : hue;
            (pixel[0], pixel[1], pixel[2]) = new HueSaturationValue(hue, colour.Saturation * _saturation, colour.Value).ToColours();
            (pixel[0], pixel[1], pixel[2]) = (pixel[_red] * _late, pixel[_green] * _late, pixel[_blue] * _late);
        }
    }

    private static bool Coin(IRandomDraws draws) => draws.Next(2) == 1;

    private static float Factor(IRandomDraws draws) => Drawn(draws, LeastFactor, MostFactor, 1);

    private static float Drawn(IRandomDraws draws, double low, double high, float otherwise) => Coin(draws) ? (float)draws.NextDouble(low, high) : otherwise;
}
