using SkiaSharp;

namespace GpuPool.Experiments.Data;

/// <summary><see cref="RgbImage"/> to image files.</summary>
internal static class ImageEncoder
{
    private const int Quality = 95;

    /// <summary>The picture as a file; PNG keeps every byte, JPEG and WebP are of a quality from 0 to 100.</summary>
    public static byte[] Encode(RgbImage image, SKEncodedImageFormat format, int quality = Quality)
    {
        using SKBitmap bitmap = Bitmap(image);
        using SKData data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    /// <summary>The picture for drawing.</summary>
    public static SKBitmap Bitmap(RgbImage image)
    {
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Span<byte> target = bitmap.GetPixelSpan();
        ReadOnlySpan<byte> source = image.Pixels;
        for (int i = 0, j = 0; i < source.Length; i += 3, j += 4)
        {
            source.Slice(i, 3).CopyTo(target[j..]);
            target[j + 3] = byte.MaxValue;
        }
        return bitmap;
    }
}
