using System.Buffers.Binary;
using System.IO.Compression;
using GpuPool.Experiments.Data;
using SkiaSharp;

namespace GpuPool.Tests.Experiments.Data;

/// <summary>Image files in the forms that readers stumble over.</summary>
public static class Pictures
{
    /// <summary>A picture with every byte decided by <paramref name="seed"/>.</summary>
    public static RgbImage Noise(int width, int height, int seed)
    {
        byte[] pixels = new byte[3 * width * height];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(pixels, width, height);
    }

    /// <summary>The picture as a file; PNG keeps its bytes.</summary>
    public static byte[] Encode(RgbImage image, SKEncodedImageFormat format = SKEncodedImageFormat.Png, SKColorType type = SKColorType.Rgba8888)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.Row(y);
            for (int x = 0; x < image.Width; x++)
                bitmap.SetPixel(x, y, new SKColor(row[3 * x], row[3 * x + 1], row[3 * x + 2]));
        }
        using SKBitmap stored = bitmap.Copy(type);
        using SKData data = stored.Encode(format, 95);
        return data.ToArray();
    }

    /// <summary>The picture as a PNG with sixteen bits a channel, the lower eight at random.</summary>
    public static byte[] EncodeDeep(RgbImage image, int seed)
    {
        var random = new Random(seed);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int y = 0; y < image.Height; y++)
                zlib.Write([0, .. image.Row(y).ToArray().SelectMany(value => new[] { value, (byte)random.Next(256) })]);
        }
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        (header[8], header[9]) = (16, 2);
        return [0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    /// <summary>A PNG of one row of pixels that are numbers of the colours of a palette.</summary>
    public static byte[] EncodePalette(byte[] palette, params byte[] numbers)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write([0, .. numbers]);
        byte[] header = [0, 0, 0, (byte)numbers.Length, 0, 0, 0, 1, 8, 3, 0, 0, 0];
        return
        [
            0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("PLTE"u8, palette), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, []),
        ];
    }

    /// <summary>Four flat quarters: red, green over blue, white.</summary>
    public static RgbImage Quarters(int width, int height)
    {
        byte[] pixels = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++)
        {
            bool right = i % width >= width / 2, lower = i / width >= height / 2;
            pixels[3 * i] = (byte)(right == lower ? 255 : 0);
            pixels[3 * i + 1] = (byte)(right ? 255 : 0);
            pixels[3 * i + 2] = (byte)(lower ? 255 : 0);
        }
        return new RgbImage(pixels, width, height);
    }

    /// <summary>The JPEG with an EXIF block that says how the camera was held, 1 to 8.</summary>
    public static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Exif(orientation, isLittleEndian: true)];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    /// <summary>An EXIF block that says how the camera was held, 1 to 8.</summary>
    public static byte[] Exif(byte orientation, bool isLittleEndian) => isLittleEndian
        ? [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
        : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];

    /// <summary>The PNG with an EXIF block behind its picture, where the standard allows it to be.</summary>
    public static byte[] PngWithExif(byte[] png, byte[] exif)
    {
        const int EndBytes = 12;
        return [.. png[..^EndBytes], .. Chunk("eXIf"u8, exif), .. png[^EndBytes..]];
    }

    /// <summary>The JPEG with other extents in its header.</summary>
    public static byte[] WithExtents(byte[] jpeg, ushort width, ushort height)
    {
        byte[] changed = [.. jpeg];
        int header = changed.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0 });
        BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(header + 5), height);
        BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(header + 7), width);
        return changed;
    }

    /// <summary>An 8 x 8 JPEG of one colour in four inks, stored inverted as Adobe's programs do; each value is 0 (full ink) or 255 (none).</summary>
    /// <param name="transform">Adobe's number: 0 for the inks themselves, 2 where the first three stand as YCbCr (YCCK), 128 being no chroma.</param>
    /// <param name="inks">The four values.</param>
    /// <remarks>
    /// Tables: quantisation all 1; twelve codes of four bits for the sizes 0 to 11 of the constant terms; one code, 0, for "no further terms".
    /// </remarks>
    public static byte[] InFourInks(byte transform, params ReadOnlySpan<byte> inks) => InFourInks(8, 8, transform, inks);

    /// <summary>The same of more pixels, all of one colour.</summary>
    public static byte[] InFourInks(byte width, byte height, byte transform, params ReadOnlySpan<byte> inks)
    {
        string bits = "";
        foreach (byte ink in inks)
        {
            // The constant term is 8 (value - 128): -1024 takes 11 bits 0111 1111 111..., 1016 takes 10, and 0 none.
            int term = 8 * (ink - 128), size = 32 - int.LeadingZeroCount(Math.Abs(term));
            string value = size == 0 ? "" : Convert.ToString(term > 0 ? term : term + (1 << size) - 1, 2).PadLeft(size, '0');
            bits += Convert.ToString(size, 2).PadLeft(4, '0') + value + "0";
        }
        // Four constant terms that are those of the block before, without further ones.
        bits += string.Concat(Enumerable.Repeat("00000", inks.Length * (((width + 7) / 8 * ((height + 7) / 8)) - 1)));
        bits = bits.PadRight((bits.Length + 7) / 8 * 8, '1');
        IEnumerable<byte> bytes = bits.Chunk(8).Select(eight => Convert.ToByte(new string(eight), 2));
        IEnumerable<byte> scan = bytes.SelectMany(value => value == 0xFF ? new byte[] { 0xFF, 0 } : [value]);
        return
        [
            0xFF, 0xD8,
            0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform,
            0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)1, 64),
            0xFF, 0xC0, 0, 20, 8, 0, height, 0, width, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0,
            0xFF, 0xC4, 0, 31, 0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
            0xFF, 0xC4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0, .. scan,
            0xFF, 0xD9,
        ];
    }

    // Length, type, content, and the CRC-32 of the last two.
    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] length = new byte[4], check = new byte[4], body = [.. type, .. content];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        uint crc = ~0u;
        foreach (byte value in body)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (crc & 1) * 0xEDB88320;
        }
        BinaryPrimitives.WriteUInt32BigEndian(check, ~crc);
        return [.. length, .. body, .. check];
    }
}
