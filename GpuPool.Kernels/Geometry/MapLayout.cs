namespace GpuPool.Kernels.Geometry;

/// <summary>How a map (N, H, W, C) lies in memory, as kernels see it.</summary>
internal readonly record struct MapLayout(int Height, int Width, int Channels)
{
    public static MapLayout Of(Shape map) => new(map[1], map[2], map[3]);

    /// <summary>Elements of one row of one image.</summary>
    public int RowLength => Width * Channels;

    /// <summary>Index of an element.</summary>
    public int Offset(int image, int row, int column, int channel = 0) => ((image * Height + row) * Width + column) * Channels + channel;

    /// <summary>Place of the element with this index.</summary>
    public MapPlace Place(int index)
    {
        int pixel = index / Channels, line = pixel / Width;
        return new(line / Height, line % Height, pixel % Width, index % Channels);
    }
}

/// <summary>Place of an element of a map.</summary>
internal readonly record struct MapPlace(int Image, int Row, int Column, int Channel);
