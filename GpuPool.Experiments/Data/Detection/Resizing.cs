namespace GpuPool.Experiments.Data.Detection;

/// <summary>How large a picture becomes.</summary>
public abstract record Resizing
{
    /// <summary>Columns and rows of the largest result.</summary>
    internal abstract (int Width, int Height) Largest { get; }

    /// <summary>Columns and rows for a picture of this size.</summary>
    internal abstract (int Width, int Height) Choose(int width, int height, IRandomDraws draws);
}

/// <summary>To one size, whatever the shape of the picture was, as SSD does.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public sealed record ExactResizing(int Width, int Height) : Resizing
{
    /// <inheritdoc/>
    internal override (int Width, int Height) Largest => (Width, Height);

    /// <inheritdoc/>
    internal override (int Width, int Height) Choose(int width, int height, IRandomDraws draws) => Largest;
}

/// <summary>
/// As large as fits into <paramref name="LongSide"/> and <paramref name="ShortSide"/> without changing the shape: both sides times
/// f = min(long / longer side, short / shorter side), rounded.
/// </summary>
/// <param name="LongSide">Bound of the longer side.</param>
/// <param name="ShortSide">Bound of the shorter side.</param>
public sealed record ProportionalResizing(int LongSide, int ShortSide) : Resizing
{
    /// <inheritdoc/>
    internal override (int Width, int Height) Largest => (LongSide, ShortSide);

    /// <inheritdoc/>
    internal override (int Width, int Height) Choose(int width, int height, IRandomDraws draws) => Choose(width, height);

    /// <summary>Columns and rows for a picture of this size.</summary>
    internal (int Width, int Height) Choose(int width, int height)
    {
        double factor = Math.Min((double)LongSide / Math.Max(width, height), (double)ShortSide / Math.Min(width, height));
        return (Math.Max(1, (int)(width * factor + 0.5)), Math.Max(1, (int)(height * factor + 0.5)));
    }
}

/// <summary>As <see cref="ProportionalResizing"/>, with both bounds drawn from [<paramref name="Least"/>, <paramref name="Most"/>] for each picture, as YOLOv3 does.</summary>
public sealed record RandomResizing(int Least, int Most) : Resizing
{
    /// <inheritdoc/>
    internal override (int Width, int Height) Largest => (Most, Most);

    /// <inheritdoc/>
    internal override (int Width, int Height) Choose(int width, int height, IRandomDraws draws)
    {
        int longSide = Least + draws.Next(Most - Least + 1), shortSide = Least + draws.Next(Most - Least + 1);
        return new ProportionalResizing(longSide, shortSide).Choose(width, height);
    }
}
