using System.Buffers;
using System.Runtime.InteropServices;
using SkiaSharp;

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
    public static RgbImage Decode(string path) => Decode(DataFile.ReadAll(path, MostBytes), path);

    /// <summary>Decodes the content of a file; <paramref name="path"/> serves the messages. The caller disposes of the picture.</summary>
    public static RgbImage Decode(byte[] file, string path)
    {
        GifTransparency.Clear(ref file);
        using SKData data = SKData.CreateCopy(file);
        using SKCodec codec = SKCodec.Create(data) ?? throw DataFile.Corrupt(path, "is not an image that can be read (JPEG, PNG, WebP, GIF or BMP)");
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if (Math.Max(width, height) > MostSide || (long)width * height > MostPixels)
            throw DataFile.Corrupt(path, $"claims to be {width} x {height}, but at most {MostPixels} pixels and {MostSide} a side are accepted");
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        byte[] stored = ArrayPool<byte>.Shared.Rent(info.BytesSize);
        GCHandle pinned = GCHandle.Alloc(stored, GCHandleType.Pinned);
        try
        {
            SKCodecResult result = codec.GetPixels(info, pinned.AddrOfPinnedObject());
            if (result != SKCodecResult.Success)
                throw DataFile.Corrupt(path, Cause(result));
            // Skia reads the orientation of JPEG and WebP files.
            SKEncodedOrigin origin = codec.EncodedFormat == SKEncodedImageFormat.Png ? PngOrientation.Of(file) : codec.EncodedOrigin;
            return Upright(MemoryMarshal.Cast<byte, Rgba>(stored), width, height, origin);
        }
        finally
        {
            pinned.Free();
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    private static string Cause(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "ends before its image does",
        SKCodecResult.ErrorInInput => "holds a damaged image: its decoder stopped at an error",
        SKCodecResult.InvalidInput => "holds a damaged image: its data break off or contradict its header",
        _ => $"cannot be decoded ({result})",
    };

    // Where the stored picture's upper left pixel of the upright view lies, and the steps to its right and lower neighbours.
    private static RgbImage Upright(ReadOnlySpan<Rgba> stored, int w, int h, SKEncodedOrigin origin)
    {
        (int first, int right, int down) = origin switch
        {
            SKEncodedOrigin.TopRight => (w - 1, -1, w),
            SKEncodedOrigin.BottomRight => (w * h - 1, -1, -w),
            SKEncodedOrigin.BottomLeft => (w * (h - 1), 1, -w),
            SKEncodedOrigin.LeftTop => (0, w, 1),
            SKEncodedOrigin.RightTop => (w * (h - 1), -w, 1),
            SKEncodedOrigin.RightBottom => (w * h - 1, -w, -1),
            SKEncodedOrigin.LeftBottom => (w - 1, w, -1),
            _ => (0, 1, w),
        };
        (int width, int height) = origin < SKEncodedOrigin.LeftTop ? (w, h) : (h, w);
        RgbImage image = RgbImage.Rent(width, height, out Span<byte> bytes);
        Span<Rgb> pixels = MemoryMarshal.Cast<byte, Rgb>(bytes);
        for (int y = 0; y < height; y++)
        {
            Span<Rgb> row = pixels.Slice(y * width, width);
            for (int x = 0, pixel = first + y * down; x < row.Length; x++, pixel += right)
                row[x] = stored[pixel].Colour;
        }
        return image;
    }

    private readonly record struct Rgb(byte Red, byte Green, byte Blue);

    private readonly record struct Rgba(Rgb Colour, byte Alpha);
}
