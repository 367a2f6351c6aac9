using System.Buffers.Binary;
using SkiaSharp;

namespace GpuPool.Experiments.Data;

/// <summary>
/// How the camera was held, from the <c>eXIf</c> chunk of a PNG file, which Skia passes over. What is missing or malformed says nothing, as in a JPEG file.
/// </summary>
/// <remarks>Source: PNG specification (third edition), sections 5.3 and 11.3.4.4; Exif 2.3, tag 0x0112 of the first directory.</remarks>
internal static class PngOrientation
{
    private const int SignatureBytes = 8, LengthBytes = 4, TypeBytes = 4, CheckBytes = 4, EntryBytes = 12;
    private const ushort OrientationTag = 0x0112, ShortType = 3;

    /// <summary>The orientation; upright where the file says nothing.</summary>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> file)
    {
        for (ReadOnlySpan<byte> rest = After(file, SignatureBytes); rest.Length >= LengthBytes + TypeBytes;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            ReadOnlySpan<byte> type = rest.Slice(LengthBytes, TypeBytes), content = rest[(LengthBytes + TypeBytes)..];
            if (length > content.Length)
                break;
            if (type.SequenceEqual("eXIf"u8))
                return InExif(content[..(int)length]);
            rest = After(content, (int)length + CheckBytes);
        }
        return SKEncodedOrigin.Default;
    }

    // A TIFF header (byte order, 42, offset of the first directory), then that directory: a count and entries of tag, type, count and value.
    private static SKEncodedOrigin InExif(ReadOnlySpan<byte> exif)
    {
        bool isLittle = exif.StartsWith("II*\0"u8);
        if (exif.Length < 8 || (!isLittle && !exif.StartsWith("MM\0*"u8)))
            return SKEncodedOrigin.Default;
        ReadOnlySpan<byte> directory = After(exif, Word(exif[4..], isLittle));
        int entries = directory.Length < 2 ? 0 : Short(directory, isLittle);
        for (int entry = 0; entry < entries; entry++)
        {
            ReadOnlySpan<byte> fields = After(directory, 2 + entry * EntryBytes);
            if (fields.Length < EntryBytes)
                break;
            if (Short(fields, isLittle) == OrientationTag && Short(fields[2..], isLittle) == ShortType && Word(fields[4..], isLittle) == 1)
                return Short(fields[8..], isLittle) is >= 1 and <= 8 and var value ? (SKEncodedOrigin)value : SKEncodedOrigin.Default;
        }
        return SKEncodedOrigin.Default;
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Word(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> bytes, long offset) => offset < bytes.Length ? bytes[(int)offset..] : [];
}
