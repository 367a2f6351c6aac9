using System.Runtime.InteropServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;
using SkiaSharp;

namespace GpuPool.Experiments.Data;

/// <summary>Pictures to image files.</summary>
internal static class ImageEncoder
{
    private const int Quality = 95;

    private static readonly PngEncoder PngEncoder = new() { ColorType = PngColorType.Rgb, BitDepth = PngBitDepth.Bit8, IgnoreMetadata = true };

    /// <summary>The picture as a PNG file.</summary>
    public static byte[] Png(RgbImage image) => Png<Rgb24>(image.Pixels, image.Width, image.Height);

    /// <summary>A drawing as a PNG file, without alpha.</summary>
    /// <param name="drawing">Of the format <see cref="Drawing"/>.</param>
    public static byte[] Png(SKPixmap drawing) => Png<Rgba32>(drawing.GetPixelSpan<byte>(), drawing.Width, drawing.Height);

    /// <summary>The picture as a file; PNG keeps every byte, JPEG and WebP are of a quality from 0 to 100.</summary>
    public static byte[] Encode(RgbImage image, SKEncodedImageFormat format, int quality = Quality)
    {
        if (format == SKEncodedImageFormat.Png)
            return Png(image);
        using SKBitmap bitmap = Bitmap(image);
        using SKData data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    /// <summary>How drawings are kept.</summary>
    public static SKImageInfo Drawing(int width, int height) => new(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);

    /// <summary>The picture for drawing.</summary>
    public static SKBitmap Bitmap(RgbImage image)
    {
        var bitmap = new SKBitmap(Drawing(image.Width, image.Height));
        Span<byte> target = bitmap.GetPixelSpan();
        ReadOnlySpan<byte> source = image.Pixels;
        for (int i = 0, j = 0; i < source.Length; i += 3, j += 4)
        {
            source.Slice(i, 3).CopyTo(target[j..]);
            target[j + 3] = byte.MaxValue;
        }
        return bitmap;
    }

    private static byte[] Png<TPixel>(ReadOnlySpan<byte> pixels, int width, int height) where TPixel : unmanaged, IPixel<TPixel>
    {
        using Image<TPixel> image = Image.LoadPixelData(MemoryMarshal.Cast<byte, TPixel>(pixels), width, height);
        using var file = new MemoryStream();
        image.Save(file, PngEncoder);
        return file.ToArray();
    }
}
