namespace GpuPool.Experiments.Data;

/// <summary>Image files (JPEG, PNG, WebP, GIF, BMP) to <see cref="RgbImage"/>; the content decides the format, not the file's name.</summary>
/// <remarks>
/// Greyscale becomes three equal channels, 16 bits become 8, CMYK becomes RGB, an alpha channel is dropped (not blended; the transparent colour of a GIF
/// is shown as its palette has it, as Pillow's conversion to RGB does), colour profiles are ignored, and the EXIF orientation is applied, so that what was
/// up in front of the camera is up in the array.
/// Errors: <see cref="ExitCode.DataMissing"/> for a file that cannot be read, <see cref="ExitCode.DataCorrupt"/> for one that is no image, that ends early,
/// or that claims an absurd size; the message names the file. Damage that the format cannot detect gives a picture.
/// </remarks>
public static class ImageDecoder
{
    /// <summary>Largest picture that is decoded: 2^26 pixels, some 470 MB of working memory. Checked in the header, before anything is decoded.</summary>
    public const int MostPixels = 1 << 26;

    /// <summary>Longest side that is decoded.</summary>
    public const int MostSide = 1 << 16;

    private const long MostBytes = 1L << 28;

    /// <summary>Reads and decodes the file; the caller disposes of the picture.</summary>
    public static RgbImage Decode(string path, DecoderChoice decoder = DecoderChoice.Skia) => Decode(Read(path), path, decoder);

    /// <summary>Reads the file.</summary>
    internal static byte[] Read(string path) => DataFile.ReadAll(path, MostBytes);

    /// <summary>Decodes the content of a file; <paramref name="path"/> serves the messages. The caller disposes of the picture.</summary>
    public static RgbImage Decode(byte[] file, string path, DecoderChoice decoder = DecoderChoice.Skia)
    {
        GifTransparency.Clear(ref file);
        return decoder == DecoderChoice.Managed ? ManagedDecoder.Decode(file, path) : SkiaDecoder.Decode(file, path);
    }

    /// <summary>The error of a file that no decoder knows.</summary>
    internal static GpuPoolException Unknown(string path) => DataFile.Corrupt(path, "is not an image that can be read (JPEG, PNG, WebP, GIF or BMP)");

    /// <summary>Refuses a picture that is too large.</summary>
    internal static void CheckExtents(int width, int height, string path)
    {
        if (Math.Max(width, height) > MostSide || (long)width * height > MostPixels)
            throw DataFile.Corrupt(path, $"claims to be {width} x {height}, but at most {MostPixels} pixels and {MostSide} a side are accepted");
    }
}
