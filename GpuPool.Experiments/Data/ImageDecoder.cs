using SkiaSharp;

namespace GpuPool.Experiments.Data;

/// <summary>Image files (JPEG, PNG, WebP, GIF, BMP) to <see cref="RgbImage"/>; the content decides the format, not the file's name.</summary>
/// <remarks>
/// Greyscale becomes three equal channels, 16 bits become 8, CMYK becomes RGB, an alpha channel is dropped (not blended), colour profiles
/// are ignored, and the EXIF orientation is applied, so that what was up in front of the camera is up in the array.
/// Errors: <see cref="ExitCode.DataMissing"/> for a file that cannot be read, <see cref="ExitCode.DataCorrupt"/> for one that is no image, that ends early,
/// or that claims an absurd size; the message names the file. Damage that the format cannot detect gives a picture.
/// </remarks>
public static class ImageDecoder
{
    /// <summary>Largest picture that is decoded: 2^26 pixels, some 270 MB of working memory. Checked in the header, before anything is decoded.</summary>
    public const int MostPixels = 1 << 26;

    /// <summary>Longest side that is decoded.</summary>
    public const int MostSide = 1 << 16;

    private const long MostBytes = 1L << 28;

    /// <summary>Reads and decodes the file.</summary>
    public static RgbImage Decode(string path) => Decode(DataFile.ReadAll(path, MostBytes), path);

    /// <summary>Decodes the content of a file; <paramref name="path"/> serves the messages.</summary>
    public static RgbImage Decode(byte[] file, string path)
    {
        using SKData data = SKData.CreateCopy(file);
        using SKCodec codec = SKCodec.Create(data) ?? throw DataFile.Corrupt(path, "is not an image that can be read (JPEG, PNG, WebP, GIF or BMP)");
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if (Math.Max(width, height) > MostSide || (long)width * height > MostPixels)
            throw DataFile.Corrupt(path, $"claims to be {width} x {height}, but at most {MostPixels} pixels and {MostSide} a side are accepted");
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        SKCodecResult result = codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        return result switch
        {
            SKCodecResult.Success => Upright(bitmap, codec.EncodedOrigin),
            SKCodecResult.IncompleteInput => throw DataFile.Corrupt(path, "ends before its image does"),
            _ => throw DataFile.Corrupt(path, $"holds a damaged image ({result})"),
        };
    }

    // Where the stored picture's upper left pixel of the upright view lies, and the steps to its right and lower neighbours.
    private static RgbImage Upright(SKBitmap stored, SKEncodedOrigin origin)
    {
        int w = stored.Width, h = stored.Height;
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
        byte[] pixels = GC.AllocateUninitializedArray<byte>(3 * width * height);
        ReadOnlySpan<byte> source = stored.GetPixelSpan();
        int target = 0;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0, pixel = first + y * down; x < width; x++, pixel += right, target += 3)
            {
                pixels[target] = source[4 * pixel];
                pixels[target + 1] = source[4 * pixel + 1];
                pixels[target + 2] = source[4 * pixel + 2];
            }
        }
        return new RgbImage(pixels, width, height);
    }
}
