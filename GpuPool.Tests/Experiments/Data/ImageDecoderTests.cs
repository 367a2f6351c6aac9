using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using SkiaSharp;

namespace GpuPool.Tests.Experiments.Data;

[TestFixture(DecoderChoice.Skia)]
[TestFixture(DecoderChoice.Managed)]
public sealed class ImageDecoderTests(DecoderChoice decoder)
{
    // A step of JPEG's quantisation at quality 95 in a flat area.
    private const int JpegTolerance = 4;

    // 16 x 16 pixels of noise, made with libjpeg-turbo's cjpeg -progressive -quality 20: no encoder at hand here writes this form.
    private const string ProgressiveJpeg =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wCDEAAoABwAHgAjAB4AGQAoACMAIQAjAC0AKwAoADAAPABkAEEAPAA3ADcAPAB7AFgAXQBJAGQAkQCAAJkAlgCPAIAAjACKAKAAtADmAMMAoACq" +
        "ANoArQCKAIwAyAERAMsA2gDuAPUBAgEEAQIAmwDBARsBLwEYAPoBLADmAP0BAgD4/9sAQwErLS08NTx2QUF2+KWMpfj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4" +
        "+Pj4+Pj4+Pj4+Pj4/8IAEQgAEAAQAwEiAAIRAQMRAf/EABUAAQEAAAAAAAAAAAAAAAAAAAEC/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEAMQAAABFk//xAAUEAEAAAAAAAAA" +
        "AAAAAAAAAAAg/9oACAEBAAEFAh//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAEDAQE/AX//xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oACAECAQE/AX//xAAUEAEAAAAAAAAAAAAAAAAA" +
        "AAAg/9oACAEBAAY/Ah//xAAbEAACAgMBAAAAAAAAAAAAAAAAARExIUGBof/aAAgBAQABPyFtvHIJ8Q2aqj//2gAMAwEAAgADAAAAEAP/xAAVEQEBAAAAAAAAAAAAAAAAAAAAMf/aAAgB" +
        "AwEBPxCv/8QAFhEAAwAAAAAAAAAAAAAAAAAAABEh/9oACAECAQE/EFD/xAAcEAEAAgMAAwAAAAAAAAAAAAABESEAMUFRgbH/2gAIAQEAAT8QBtu1I9YGYgWhC012bxlNRaPg25IgkFqq" +
        "Oz8z/9k=";

    [Test]
    public void Png_keeps_every_byte()
    {
        RgbImage image = Pictures.Noise(7, 5, seed: 1), read = ImageDecoder.Decode(Pictures.Encode(image), "a.png", decoder);
        Assert.That((read.Width, read.Height), Is.EqualTo((7, 5)));
        Assert.That(read.Pixels.ToArray(), Is.EqualTo(image.Pixels.ToArray()));
    }

    [Test]
    public void The_content_decides_the_format_and_not_the_name()
    {
        using var folder = new TemporaryFolder();
        RgbImage read = ImageDecoder.Decode(folder.Write("really a.png", Pictures.Encode(Pictures.Quarters(32, 16), SKEncodedImageFormat.Jpeg)), decoder);
        AssertCorners(read, 32, 16, "RGBW");
    }

    [Test]
    public void Greyscale_becomes_three_equal_channels([Values(SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png)] SKEncodedImageFormat format)
    {
        byte[] file = Pictures.Encode(Pictures.Noise(16, 16, seed: 2), format, SKColorType.Gray8);
        RgbImage read = ImageDecoder.Decode(file, "grey", decoder);
        if (format == SKEncodedImageFormat.Jpeg)
            Assert.That(file[file.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0 }) + 9], Is.EqualTo(1), "the file has one channel");
        for (int i = 0; i < read.Pixels.Length; i += 3)
            Assert.That((read.Pixels[i + 1], read.Pixels[i + 2]), Is.EqualTo((read.Pixels[i], read.Pixels[i])));
    }

    [Test]
    public void Sixteen_bits_become_eight()
    {
        RgbImage image = Pictures.Quarters(8, 4);
        RgbImage read = ImageDecoder.Decode(Pictures.EncodeDeep(image, seed: 6), "deep.png", decoder);
        Assert.That(read.Pixels.ToArray().Select(value => (int)value), Is.EqualTo(image.Pixels.ToArray()).Within(1));
    }

    [Test]
    public void A_palette_is_looked_up()
    {
        RgbImage read = ImageDecoder.Decode(Pictures.EncodePalette([1, 2, 3, 40, 50, 60, 255, 254, 253], 2, 0, 1), "palette.png", decoder);
        Assert.That((read.Width, read.Height), Is.EqualTo((3, 1)));
        Assert.That(read.Pixels.ToArray(), Is.EqualTo(new byte[] { 255, 254, 253, 1, 2, 3, 40, 50, 60 }));
    }

    [Test]
    public void Transparency_is_dropped_and_the_colour_below_it_stays([Values(0, 1, 128, 255)] byte alpha)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(1, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        new byte[] { 200, 100, 50, alpha }.CopyTo(bitmap.GetPixelSpan());
        using SKData file = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Assert.That(ImageDecoder.Decode(file.ToArray(), "alpha.png", decoder).Pixels.ToArray(), Is.EqualTo(new byte[] { 200, 100, 50 }));
    }

    [TestCase(255, 255, 255, 255, 255, 255, 255)]
    [TestCase(255, 0, 0, 255, 255, 0, 0)]
    [TestCase(0, 255, 0, 255, 0, 255, 0)]
    [TestCase(255, 255, 255, 0, 0, 0, 0)]
    public void Four_inks_become_three_colours(byte cyan, byte magenta, byte yellow, byte black, byte red, byte green, byte blue)
    {
        RgbImage read = ImageDecoder.Decode(Pictures.InFourInks(transform: 0, cyan, magenta, yellow, black), "inks.jpg", decoder);
        Assert.That(read.Pixels.ToArray(), Is.EqualTo(Enumerable.Repeat(new[] { red, green, blue }, 64).SelectMany(pixel => pixel)));
    }

    [TestCase(0, 255, 255, Description = "luma 0 is cyan, magenta and yellow 255: no ink")]
    [TestCase(255, 255, 0)]
    [TestCase(0, 0, 0)]
    public void Four_inks_as_YCCK_become_three_colours(byte luma, byte black, byte grey)
    {
        RgbImage read = ImageDecoder.Decode(Pictures.InFourInks(transform: 2, luma, 128, 128, black), "inks.jpg", decoder);
        Assert.That(read.Pixels.ToArray(), Is.EqualTo(Enumerable.Repeat(grey, 3 * 64)));
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
        AssertCorners(ImageDecoder.Decode(file, "turned.jpg", decoder), width, height, corners);
    }

    [Test]
    public void The_camera_s_orientation_is_undone_in_PNG_files_too([Range(1, 8)] int orientation, [Values] bool isLittleEndian)
    {
        byte[] png = Pictures.Encode(Pictures.Quarters(48, 32));
        string corners = new[] { "RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB" }[orientation - 1];
        (int width, int height) = orientation < 5 ? (48, 32) : (32, 48);
        AssertCorners(ImageDecoder.Decode(Pictures.PngWithExif(png, Pictures.Exif((byte)orientation, isLittleEndian)), "turned.png", decoder), width, height, corners);
    }

    [Test]
    public void A_malformed_EXIF_block_of_a_PNG_file_says_nothing()
    {
        byte[] png = Pictures.Encode(Pictures.Quarters(48, 32)), exif = Pictures.Exif(6, isLittleEndian: true);
        for (int length = 0; length < exif.Length - 4; length++)
            AssertCorners(ImageDecoder.Decode(Pictures.PngWithExif(png, exif[..length]), $"cut {length}", decoder), 48, 32, "RGBW");
        foreach ((int place, byte value) in new (int, byte)[] { (4, 255), (7, 255), (8, 0), (18, 0), (18, 9), (12, 4) })
        {
            byte[] changed = [.. exif];
            changed[place] = value;
            AssertCorners(ImageDecoder.Decode(Pictures.PngWithExif(png, changed), $"byte {place}", decoder), 48, 32, "RGBW");
        }
    }

    [Test]
    public void The_transparent_colour_of_a_GIF_is_shown_as_its_palette_has_it([Values] bool hasComment)
    {
        // One pixel of each of two colours; the second is transparent. Codes of 3 bits: clear, 0, 1, end.
        byte[] file =
        [
            .. "GIF89a"u8, 2, 0, 1, 0, 0x80, 0, 0, 10, 20, 30, 200, 100, 50,
            .. hasComment ? [0x21, 0xFE, 2, 0x21, 0xF9, 0] : Array.Empty<byte>(),
            0x21, 0xF9, 4, 1, 0, 0, 1, 0,
            0x2C, 0, 0, 0, 0, 2, 0, 1, 0, 0, 2, 2, 0x44, 0x0A, 0, 0x3B,
        ];
        Assert.That(ImageDecoder.Decode(file, "a.gif", decoder).Pixels.ToArray(), Is.EqualTo(new byte[] { 10, 20, 30, 200, 100, 50 }));
        for (int length = 0; length < file.Length - 5; length++)
            AssertCorrupt(file[..length], $"cut {length}");
    }

    [Test]
    public void A_progressive_JPEG_cut_short_says_so_in_words()
    {
        byte[] file = Convert.FromBase64String(ProgressiveJpeg);
        Assert.That(ImageDecoder.Decode(file, "whole.jpg", decoder).Width, Is.EqualTo(16));
        foreach (int length in new[] { file.Length / 2, file.Length * 3 / 4 })
        {
            Assert.That(() => ImageDecoder.Decode(file[..length], "cut.jpg", decoder), Refused.With(ExitCode.DataCorrupt)
                .Message.StartsWith("cut.jpg ends before its image does").Or.Message.StartsWith("cut.jpg holds a damaged image: "));
        }
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
        Assert.That(() => ImageDecoder.Decode(file, "huge.jpg", decoder), Refused.With(ExitCode.DataCorrupt).Property(nameof(GpuPoolException.Cause))
            .EqualTo("huge.jpg claims to be 65500 x 65500, but at most 67108864 pixels and 65536 a side are accepted"));
    }

    [Test]
    public void A_missing_file_is_missing_and_not_corrupt() =>
        Assert.That(() => ImageDecoder.Decode("no such folder/a.jpg", decoder),
            Refused.With(ExitCode.DataMissing).Message.StartsWith("no such folder/a.jpg does not exist. "));

    private void AssertCorrupt(byte[] file, string name) =>
        Assert.That(() => ImageDecoder.Decode(file, name, decoder), Refused.With(ExitCode.DataCorrupt).Message.StartsWith(name + " "), name);

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
