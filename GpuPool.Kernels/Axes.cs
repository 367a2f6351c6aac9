namespace GpuPool.Kernels;

/// <summary>A number for each axis of a map. Where both are the same, one number stands for them: <c>3</c> is <c>(3, 3)</c>.</summary>
/// <param name="Height">Along the rows.</param>
/// <param name="Width">Along the columns.</param>
public readonly record struct Axes(int Height, int Width)
{
    /// <summary>Height times width.</summary>
    public int Area => Height * Width;

    /// <summary>The same number for both axes.</summary>
    public static implicit operator Axes(int both) => new(both, both);

    /// <summary>Height and width.</summary>
    public static implicit operator Axes((int Height, int Width) pair) => new(pair.Height, pair.Width);

    /// <summary>One number, or both in parentheses.</summary>
    public override string ToString() => Height == Width ? $"{Height}" : $"({Height}, {Width})";
}
