namespace GpuPool.Experiments.Data.Detection;

/// <summary>One picture of <see cref="SyntheticScenes"/>: what is in it, then how it looks.</summary>
internal sealed class SyntheticScene
{
    private const int Lines = 6, Attempts = 20, Gap = 4, PercentOwnHue = 60, PercentLarge = 70;

    private static readonly (int Least, int Most)[] Sizes = [(100, 150), (36, 95), (16, 31)];

    private readonly int _side;
    private readonly List<Shape> _objects = [];
    private RandomSequence _random;

    /// <summary>Places the objects.</summary>
    public SyntheticScene(int side, RandomSequence random)
    {
        (_side, _random) = (side, random);
        // The largest first, as they find a place most easily while there is none beside them.
        Place(Sizes[0], _random.Next(100) < PercentLarge ? 1 : 0);
        Place(Sizes[1], _random.Next(1, 3));
        Place(Sizes[2], _random.Next(1, 3));
    }

    /// <summary>What a shape can be, in the order of the classes.</summary>
    public static IReadOnlyList<string> Shapes { get; } = ["disc", "square", "triangle"];

    /// <summary>The objects; none touches another.</summary>
    public IReadOnlyList<Shape> Objects => _objects;

    /// <summary>The pixels.</summary>
    public RgbImage Draw()
    {
        RandomSequence random = _random;
        byte[] pixels = new byte[3 * _side * _side];
        SyntheticImage.Background(pixels, _side, ref random);
        for (int i = 0; i < Lines; i++)
        {
            int length = random.Next(20, 120);
            (int width, int height) = random.Next(2) == 0 ? (length, 2) : (2, length);
            Fill(pixels, new Shape(1, random.Next(_side - width), random.Next(_side - height), width, height), SyntheticImage.Hue(random.Next(SyntheticImage.Textures), ref random));
        }
        foreach (Shape shape in _objects)
            Fill(pixels, shape, SyntheticImage.Hue(random.Next(100) < PercentOwnHue ? shape.Class : random.Next(SyntheticImage.Textures), ref random));
        SyntheticImage.AddNoise(pixels, ref random);
        return new RgbImage(pixels, _side, _side);
    }

    private void Place((int Least, int Most) size, int count)
    {
        for (int attempt = 0; attempt < Attempts && count > 0; attempt++)
        {
            int width = _random.Next(size.Least, size.Most + 1), height = _random.Next(size.Least, size.Most + 1);
            var shape = new Shape(_random.Next(Shapes.Count), _random.Next(_side - width + 1), _random.Next(_side - height + 1), width, height);
            if (_objects.Any(other => other.IsNear(shape)))
                continue;
            _objects.Add(shape);
            count--;
        }
    }

    private void Fill(byte[] pixels, Shape shape, SyntheticImage.Colour hue)
    {
        for (int y = 0; y < shape.Height; y++)
        {
            for (int x = 0; x < shape.Width; x++)
            {
                if (!shape.Covers(x, y))
                    continue;
                int i = 3 * ((shape.Top + y) * _side + shape.Left + x);
                (pixels[i], pixels[i + 1], pixels[i + 2]) = ((byte)hue.Red, (byte)hue.Green, (byte)hue.Blue);
            }
        }
    }

    /// <summary>A shape that fills a rectangle: a disc, which may be an ellipse, a square, which may be a rectangle, or a triangle that stands on its base.</summary>
    public readonly record struct Shape(int Class, int Left, int Top, int Width, int Height)
    {
        /// <summary>Whether less than a gap lies between two.</summary>
        public bool IsNear(Shape other) =>
            Left < other.Left + other.Width + Gap && other.Left < Left + Width + Gap && Top < other.Top + other.Height + Gap && other.Top < Top + Height + Gap;

        /// <summary>Whether a pixel of the rectangle belongs to it.</summary>
        public bool Covers(int x, int y)
        {
            // Twice the distance from the middle.
            long right = 2 * x + 1 - Width, down = 2 * y + 1 - Height;
            return Class switch
            {
                0 => right * right * Height * Height + down * down * Width * Width <= (long)Width * Width * Height * Height,
                1 => true,
                // The tip is as wide as the middle, one column or two.
                _ => Math.Abs(right) <= Math.Max(1, (y + 1) * Width / Height),
            };
        }
    }
}
