using System.Buffers.Binary;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using SkiaSharp;

namespace GpuPool.Tests.Experiments.Data;

/// <summary>The two decoders check each other.</summary>
public sealed class DecoderAgreementTests
{
    [Test]
    public void Files_without_loss_and_WebP_files_give_the_same_pixels_by_both_decoders()
    {
        RgbImage noise = Pictures.Noise(37, 21, seed: 9);
        foreach ((string name, byte[] file) in new[]
        {
            ("png", Pictures.Encode(noise)), ("grey.png", Pictures.Encode(noise, type: SKColorType.Gray8)), ("palette.png", Pictures.EncodePalette([1, 2, 3, 40, 50, 60, 255, 254, 253], 2, 0, 1)), ("bmp", Bitmap(noise)), ("webp", Pictures.Encode(noise, SKEncodedImageFormat.Webp)),
            ("flat.webp", Pictures.Encode(Pictures.Quarters(40, 30), SKEncodedImageFormat.Webp)),
        })
        {
            using RgbImage skia = ImageDecoder.Decode(file, name, DecoderChoice.Skia), managed = ImageDecoder.Decode(file, name, DecoderChoice.Managed);
            Assert.That((managed.Width, managed.Height), Is.EqualTo((skia.Width, skia.Height)), name);
            Assert.That(managed.Pixels.SequenceEqual(skia.Pixels), name);
        }
    }

    [Test]
    public void Of_sixteen_bits_one_decoder_takes_the_upper_eight_and_the_other_rounds()
    {
        byte[] file = Pictures.EncodeDeep(Pictures.Noise(37, 21, seed: 9), seed: 3);
        using RgbImage skia = ImageDecoder.Decode(file, "deep.png"), managed = ImageDecoder.Decode(file, "deep.png", DecoderChoice.Managed);
        Assert.That(managed.Pixels.ToArray().Select(value => (int)value), Is.EqualTo(skia.Pixels.ToArray()).Within(1));
    }

    [Test]
    public void Drawings_and_pictures_are_written_as_PNG_files_that_keep_every_byte()
    {
        RgbImage noise = Pictures.Noise(37, 21, seed: 9);
        using SKBitmap drawing = ImageEncoder.Bitmap(noise);
        using SKPixmap pixels = drawing.PeekPixels();
        foreach (byte[] file in new[] { ImageEncoder.Png(noise), ImageEncoder.Png(pixels) })
        {
            using RgbImage read = ImageDecoder.Decode(file, "a.png");
            Assert.That(read.Pixels.SequenceEqual(noise.Pixels));
        }
    }

    [Test]
    public void JPEG_photographs_differ_between_the_decoders_as_far_as_is_known_and_no_farther()
    {
        string folder = Shared.Require("data/imagenette224/val");
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, index) => index % 100 == 0)];
        double sum = 0;
        long count = 0;
        foreach (string file in files)
        {
            using RgbImage skia = ImageDecoder.Decode(file), managed = ImageDecoder.Decode(file, DecoderChoice.Managed);
            Assert.That((managed.Width, managed.Height), Is.EqualTo((skia.Width, skia.Height)), file);
            ReadOnlySpan<byte> first = skia.Pixels, second = managed.Pixels;
            for (int i = 0; i < first.Length; i++)
                sum += Math.Abs(first[i] - second[i]);
            count += first.Length;
        }
        TestContext.Out.WriteLine($"{files.Length} files, mean difference {sum / count:F3}");
        Assert.That(sum / count, Is.InRange(0.3, 1.2));
    }

    [Test]
    public void A_colour_profile_is_not_looked_at_by_the_managed_decoder()
    {
        byte[] jpeg = Pictures.Encode(Pictures.Quarters(16, 16), SKEncodedImageFormat.Jpeg), profile = [.. "ICC_PROFILE\0"u8, 1, 1, .. "no profile at all"u8];
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(profile.Length + 2));
        using RgbImage plain = ImageDecoder.Decode(jpeg, "plain.jpg", DecoderChoice.Managed);
        using RgbImage tagged = ImageDecoder.Decode([.. jpeg[..2], 0xFF, 0xE2, .. length, .. profile, .. jpeg[2..]], "tagged.jpg", DecoderChoice.Managed);
        Assert.That(tagged.Pixels.SequenceEqual(plain.Pixels));
    }

    [Test]
    public void TIFF_is_read_by_no_decoder([Values] DecoderChoice decoder)
    {
        byte[] tiff = [.. "II*\0"u8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.That(() => ImageDecoder.Decode(tiff, "a.tif", decoder), Refused.With(ExitCode.DataCorrupt).Message.StartsWith("a.tif is not an image that can be read"));
    }

    // 24 bits a pixel, rows from the lowest, of a multiple of four bytes.
    private static byte[] Bitmap(RgbImage image)
    {
        const int HeaderBytes = 54;
        int stride = (3 * image.Width + 3) / 4 * 4;
        byte[] file = new byte[HeaderBytes + stride * image.Height];
        "BM"u8.CopyTo(file);
        foreach ((int place, int value) in new[] { (2, file.Length), (10, HeaderBytes), (14, 40), (18, image.Width), (22, image.Height), (26, 1 | 24 << 16), (34, stride * image.Height) })
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(place), value);
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.Row(y);
            for (int i = 0; i < row.Length; i++)
                file[HeaderBytes + (image.Height - 1 - y) * stride + i / 3 * 3 + 2 - i % 3] = row[i];
        }
        return file;
    }
}
