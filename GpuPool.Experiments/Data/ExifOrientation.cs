using System.Buffers.Binary;

namespace GpuPool.Experiments.Data;

/// <summary>How the camera was held, from the EXIF block of a JPEG, PNG or WebP file. What is missing or malformed says nothing.</summary>
/// <remarks>
/// Sources: Exif 2.3, tag 0x0112 of the first directory; ITU-T T.81, B.1.1.4; PNG specification (third edition), sections 5.3 and 11.3.4.4; WebP container specification.
/// </remarks>
internal static class ExifOrientation
{
    private const int EntryBytes = 12;
    private const ushort JpegStart = 0xFFD8;
    private const ushort OrientationTag = 0x0112, ShortType = 3;

    /// <summary>The orientation; upright where the file says nothing.</summary>
    public static Orientation Of(ReadOnlySpan<byte> file) => InExif(
        BinaryPrimitives.TryReadUInt16BigEndian(file, out ushort start) && start == JpegStart ? OfJpeg(file)
        : After(file, 1).StartsWith("PNG"u8) ? OfPng(file)
        : file.StartsWith("RIFF"u8) ? OfWebp(file)
        : []);

    // Segments before the first scan: 0xFF, which may be repeated, a letter, and a length that counts itself.
    private static ReadOnlySpan<byte> OfJpeg(ReadOnlySpan<byte> file)
    {
        const byte Scan = 0xDA, Application1 = 0xE1;
        for (ReadOnlySpan<byte> rest = file[2..]; rest.Length >= 4 && rest[0] == byte.MaxValue;)
        {
            if (rest[1] == byte.MaxValue)
            {
                rest = rest[1..];
                continue;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (rest[1] == Scan || length < 2 || length > rest.Length - 2)
                break;
            ReadOnlySpan<byte> content = rest[4..(2 + length)];
            if (rest[1] == Application1 && content.StartsWith("Exif\0\0"u8))
                return content[6..];
            rest = rest[(2 + length)..];
        }
        return [];
    }

    // A signature, and chunks of a length, a type, a content and a checksum.
    private static ReadOnlySpan<byte> OfPng(ReadOnlySpan<byte> file)
    {
        for (ReadOnlySpan<byte> rest = After(file, 8); rest.Length >= 8;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 8)
                break;
            if (rest[4..].StartsWith("eXIf"u8))
                return rest.Slice(8, (int)length);
            rest = After(rest, 8L + length + 4);
        }
        return [];
    }

    // A header of 12 bytes, and chunks of a type, a length and a content, each of an even number of bytes.
    private static ReadOnlySpan<byte> OfWebp(ReadOnlySpan<byte> file)
    {
        for (ReadOnlySpan<byte> rest = After(file, 12); rest.Length >= 8;)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - 8)
                break;
            if (rest.StartsWith("EXIF"u8))
                return rest.Slice(8, (int)length);
            rest = After(rest, 8L + length + (length & 1));
        }
        return [];
    }

    // A TIFF header (byte order, 42, offset of the first directory), then that directory: a count and entries of tag, type, count and value.
    private static Orientation InExif(ReadOnlySpan<byte> exif)
    {
        bool isLittle = exif.StartsWith("II*\0"u8);
        if (exif.Length < 8 || (!isLittle && !exif.StartsWith("MM\0*"u8)))
            return Orientation.TopLeft;
        ReadOnlySpan<byte> directory = After(exif, Word(exif[4..], isLittle));
        int entries = directory.Length < 2 ? 0 : Short(directory, isLittle);
        for (int entry = 0; entry < entries; entry++)
        {
            ReadOnlySpan<byte> fields = After(directory, 2 + entry * EntryBytes);
            if (fields.Length < EntryBytes)
                break;
            if (Short(fields, isLittle) == OrientationTag && Short(fields[2..], isLittle) == ShortType && Word(fields[4..], isLittle) == 1)
                return Short(fields[8..], isLittle) is >= 1 and <= 8 and var value ? (Orientation)value : Orientation.TopLeft;
        }
        return Orientation.TopLeft;
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Word(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> bytes, long offset) => offset < bytes.Length ? bytes[(int)offset..] : [];
}
