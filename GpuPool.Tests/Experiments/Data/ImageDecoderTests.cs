using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using SkiaSharp;

namespace GpuPool.Tests.Experiments.Data;

public sealed class ImageDecoderTests
{
    // A step of JPEG's quantisation at quality 95 in a flat area.
    private const int JpegTolerance = 4;

    [Test]
    public void Png_keeps_every_byte()
    {
        RgbImage image = Pictures.Noise(7, 5, seed: 1), read = ImageDecoder.Decode(Pictures.Encode(image), "a.png");
        Assert.That((read.Width, read.Height), Is.EqualTo((7, 5)));
        Assert.That(read.Pixels, Is.EqualTo(image.Pixels));
    }

    [Test]
    public void The_content_decides_the_format_and_not_the_name()
    {
        using var folder = new TemporaryFolder();
        RgbImage read = ImageDecoder.Decode(folder.Write("really a.png", Pictures.Encode(Pictures.Quarters(32, 16), SKEncodedImageFormat.Jpeg)));
        AssertCorners(read, 32, 16, "RGBW");
    }

    [Test]
    public void Greyscale_becomes_three_equal_channels([Values(SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png)] SKEncodedImageFormat format)
    {
        byte[] file = Pictures.Encode(Pictures.Noise(16, 16, seed: 2), format, SKColorType.Gray8);
        RgbImage read = ImageDecoder.Decode(file, "grey");
        if (format == SKEncodedImageFormat.Jpeg)
            Assert.That(file[file.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0 }) + 9], Is.EqualTo(1), "the file has one channel");
        for (int i = 0; i < read.Pixels.Length; i += 3)
            Assert.That((read.Pixels[i + 1], read.Pixels[i + 2]), Is.EqualTo((read.Pixels[i], read.Pixels[i])));
    }

    [Test]
    public void Sixteen_bits_become_eight()
    {
        RgbImage image = Pictures.Quarters(8, 4);
        RgbImage read = ImageDecoder.Decode(Pictures.EncodeDeep(image, seed: 6), "deep.png");
        Assert.That(read.Pixels.Select(value => (int)value), Is.EqualTo(image.Pixels).Within(1));
    }

    [Test]
    public void A_palette_is_looked_up()
    {
        RgbImage read = ImageDecoder.Decode(Pictures.EncodePalette([1, 2, 3, 40, 50, 60, 255, 254, 253], 2, 0, 1), "palette.png");
        Assert.That((read.Width, read.Height), Is.EqualTo((3, 1)));
        Assert.That(read.Pixels, Is.EqualTo(new byte[] { 255, 254, 253, 1, 2, 3, 40, 50, 60 }));
    }

    [Test]
    public void Transparency_is_dropped_and_the_colour_below_it_stays([Values(0, 1, 128, 255)] byte alpha)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(1, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        new byte[] { 200, 100, 50, alpha }.CopyTo(bitmap.GetPixelSpan());
        using SKData file = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Assert.That(ImageDecoder.Decode(file.ToArray(), "alpha.png").Pixels, Is.EqualTo(new byte[] { 200, 100, 50 }));
    }

    [TestCase(255, 255, 255, 255, 255, 255, 255)]
    [TestCase(255, 0, 0, 255, 255, 0, 0)]
    [TestCase(0, 255, 0, 255, 0, 255, 0)]
    [TestCase(255, 255, 255, 0, 0, 0, 0)]
    public void Four_inks_become_three_colours(byte cyan, byte magenta, byte yellow, byte black, byte red, byte green, byte blue)
    {
        RgbImage read = ImageDecoder.Decode(Pictures.InFourInks(transform: 0, cyan, magenta, yellow, black), "inks.jpg");
        Assert.That(read.Pixels, Is.EqualTo(Enumerable.Repeat(new[] { red, green, blue }, 64).SelectMany(pixel => pixel)));
    }

    [TestCase(0, 255, 255, Description = "luma 0 is cyan, magenta and yellow 255: no ink")]
    [TestCase(255, 255, 0)]
    [TestCase(0, 0, 0)]
    public void Four_inks_as_YCCK_become_three_colours(byte luma, byte black, byte grey)
    {
        RgbImage read = ImageDecoder.Decode(Pictures.InFourInks(transform: 2, luma, 128, 128, black), "inks.jpg");
        Assert.That(read.Pixels, Is.EqualTo(Enumerable.Repeat(grey, 3 * 64)));
    }

    [TestCase(1, "RGBW")]
    [TestCase(2, "GRWB")]
    [TestCase(3, "WBGR")]
    [TestCase(4, "BWRG")]
    [TestCase(5, "RBGW")]
    [TestCase(6, "BRWG")]
    [TestCase(7, "WGBR")]
    [TestCase(8, "GWRB")]
    public void The_camera_s_orientation_is_undone(byte orientation, string corners)
    {
        byte[] file = Pictures.WithOrientation(Pictures.Encode(Pictures.Quarters(48, 32), SKEncodedImageFormat.Jpeg), orientation);
        (int width, int height) = orientation < 5 ? (48, 32) : (32, 48);
        AssertCorners(ImageDecoder.Decode(file, "turned.jpg"), width, height, corners);
    }

    [TestCase(SKEncodedImageFormat.Jpeg)]
    [TestCase(SKEncodedImageFormat.Png)]
    [TestCase(SKEncodedImageFormat.Webp)]
    public void A_file_cut_short_is_corrupt_and_named(SKEncodedImageFormat format)
    {
        byte[] file = Pictures.Encode(Pictures.Noise(64, 64, seed: 3), format);
        foreach (int length in new[] { 0, 1, 10, file.Length / 4, file.Length / 2, file.Length * 9 / 10 })
            AssertCorrupt(file[..length], $"cut {length}");
    }

    [Test]
    public void What_is_no_image_is_corrupt_and_named()
    {
        AssertCorrupt("not an image at all, only text"u8.ToArray(), "text.jpg");
        AssertCorrupt(new byte[5000], "zeros.jpg");
    }

    [Test]
    public void An_absurd_size_is_refused_before_anything_is_decoded()
    {
        byte[] file = Pictures.WithExtents(Pictures.Encode(Pictures.Quarters(16, 16), SKEncodedImageFormat.Jpeg), 65500, 65500);
        Assert.That(() => ImageDecoder.Decode(file, "huge.jpg"), Refused.With(ExitCode.DataCorrupt).Property(nameof(GpuPoolException.Cause))
            .EqualTo("huge.jpg claims to be 65500 x 65500, but at most 67108864 pixels and 65536 a side are accepted"));
    }

    [Test]
    public void A_missing_file_is_missing_and_not_corrupt() =>
        Assert.That(() => ImageDecoder.Decode("no such folder/a.jpg"),
            Refused.With(ExitCode.DataMissing).Message.StartsWith("no such folder/a.jpg does not exist. "));

    private static void AssertCorrupt(byte[] file, string name) =>
        Assert.That(() => ImageDecoder.Decode(file, name), Refused.With(ExitCode.DataCorrupt).Message.StartsWith(name + " "), name);

    // Colours in the middles of the four quarters, row by row.
    private static void AssertCorners(RgbImage image, int width, int height, string expected)
    {
        Assert.That((image.Width, image.Height), Is.EqualTo((width, height)));
        for (int i = 0; i < 4; i++)
        {
            byte[] colour = image.Row(height / 4 + i / 2 * height / 2).Slice(3 * (width / 4 + i % 2 * width / 2), 3).ToArray();
            int[] wanted = expected[i] switch { 'R' => [255, 0, 0], 'G' => [0, 255, 0], 'B' => [0, 0, 255], _ => [255, 255, 255] };
            Assert.That(colour.Select(value => (int)value), Is.EqualTo(wanted).Within(JpegTolerance), $"quarter {i}");
        }
    }
}
