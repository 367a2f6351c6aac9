using System.Runtime.InteropServices;

namespace GpuPool.Experiments.Data;

/// <summary>What fills a disc; all look the same in a mirror, the slanted one because it leans either way.</summary>
internal enum Texture
{
    /// <summary>Horizontal stripes.</summary>
    Rows,

    /// <summary>Vertical stripes.</summary>
    Columns,

    /// <summary>Stripes at 45 degrees, either way.</summary>
    Slants,

    /// <summary>A chessboard.</summary>
    Checks,

    /// <summary>Bright squares on a dark ground.</summary>
    Dots,
}

/// <summary>Draws one picture of <see cref="SyntheticDataset"/>.</summary>
internal static class SyntheticImage
{
    /// <summary>Number of textures.</summary>
    public const int Textures = 5;

    private const int Distractors = 3, Noise = 32, PercentOwnHue = 60, Margin = 16;

    // Keeps what is divided positive, so that division rounds to one side.
    private const int SlantShift = 288;

    private static readonly Colour[] Hues = [new(210, 70, 60), new(215, 190, 70), new(70, 185, 90), new(80, 105, 220), new(190, 80, 195)];

    public static RgbImage Draw(int side, Texture upper, Texture lower, RandomSequence random)
    {
        byte[] pixels = new byte[3 * side * side];
        Background(pixels, side, ref random);
        for (int i = 0; i < Distractors; i++)
            Disc(pixels, side, random.Next(side), random.Next(side), random.Next(4, 8), null, Hue(random.Next(Textures), ref random), ref random);
        bool upperLeft = random.Next(2) == 0;
        int upperY = random.Next(Margin, side / 2), lowerY = random.Next(upperY + side / 3, side - Margin + 1);
        Textured(pixels, side, upperLeft, upperY, upper, ref random);
        Textured(pixels, side, !upperLeft, lowerY, lower, ref random);
        AddNoise(pixels, ref random);
        return new RgbImage(pixels, side, side);
    }

    /// <summary>A slope between two dull colours.</summary>
    public static void Background(byte[] pixels, int side, ref RandomSequence random)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            int level = random.Next(70, 130), right = random.Next(-40, 41), down = random.Next(-40, 41);
            for (int y = 0, i = channel; y < side; y++)
                for (int x = 0; x < side; x++, i += 3)
                    pixels[i] = (byte)(level + (right * (x - side / 2) + down * (y - side / 2)) / side);
        }
    }

    private static void Textured(byte[] pixels, int side, bool left, int y, Texture texture, ref RandomSequence random)
    {
        int x = random.Next(Margin, side / 3);
        int hue = random.Next(100) < PercentOwnHue ? (int)texture : random.Next(Textures);
        Disc(pixels, side, left ? x : side - 1 - x, y, random.Next(12, Margin + 1), texture, Hue(hue, ref random), ref random);
    }

    /// <summary>One of five hues, a little off.</summary>
    public static Colour Hue(int hue, ref RandomSequence random) =>
        new(Hues[hue].Red + random.Next(-20, 21), Hues[hue].Green + random.Next(-20, 21), Hues[hue].Blue + random.Next(-20, 21));

    // Textured discs show their hue on a ground half as bright; plain ones are all hue.
    private static void Disc(byte[] pixels, int side, int centreX, int centreY, int radius, Texture? texture, Colour hue, ref RandomSequence random)
    {
        int cell = random.Next(3, 6), shiftX = side + random.Next(2 * cell), shiftY = side + random.Next(2 * cell), lean = random.Next(2) == 0 ? 1 : -1;
        for (int y = Math.Max(0, centreY - radius); y < Math.Min(side, centreY + radius + 1); y++)
        {
            for (int x = Math.Max(0, centreX - radius); x < Math.Min(side, centreX + radius + 1); x++)
            {
                int dx = x - centreX, dy = y - centreY;
                if (dx * dx + dy * dy > radius * radius)
                    continue;
                int shade = texture is null || Bright(texture.Value, dx + shiftX, dy + shiftY, lean, cell) ? 2 : 1;
                int i = 3 * (y * side + x);
                (pixels[i], pixels[i + 1], pixels[i + 2]) = ((byte)(hue.Red * shade / 2), (byte)(hue.Green * shade / 2), (byte)(hue.Blue * shade / 2));
            }
        }
    }

    // Stripes and squares one cell wide; slanted stripes 4/3 cells along a row, which is 0.94 across.
    private static bool Bright(Texture texture, int x, int y, int lean, int cell) => texture switch
    {
        Texture.Rows => y / cell % 2 == 0,
        Texture.Columns => x / cell % 2 == 0,
        Texture.Slants => 3 * (x + lean * y + SlantShift) / (4 * cell) % 2 == 0,
        Texture.Checks => (x / cell + y / cell) % 2 == 0,
        _ => x / cell % 2 == 0 && y / cell % 2 == 0,
    };

    /// <summary>Even noise on each byte, four bytes a draw.</summary>
    public static void AddNoise(byte[] pixels, ref RandomSequence random)
    {
        foreach (ref uint four in MemoryMarshal.Cast<byte, uint>(pixels.AsSpan()))
        {
            uint bits = random.NextBits();
            Span<byte> bytes = MemoryMarshal.AsBytes(new Span<uint>(ref four));
            for (int i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)Math.Clamp(bytes[i] + ((int)(bits >> 8 * i & 255) * (2 * Noise + 1) >> 8) - Noise, 0, 255);
        }
    }

    /// <summary>Red, green and blue, each of 0 to 255 and a little more.</summary>
    public readonly record struct Colour(int Red, int Green, int Blue);
}
