using System.Buffers.Binary;

namespace GpuPool.Experiments.Data;

/// <summary>Whether an image file has its end: some decoders fill with grey what a download has left out.</summary>
internal static class ImageFileEnd
{
    private const byte GifTrailer = 0x3B;

    /// <summary>JPEG: the mark of the end behind the last scan. Within a scan every 0xFF is followed by 0 or the number of a restart.</summary>
    public static bool HasJpeg(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> scan = [0xFF, 0xDA], end = [0xFF, 0xD9];
        return file.LastIndexOf(end) > file.LastIndexOf(scan);
    }

    /// <summary>PNG: a last chunk.</summary>
    public static bool HasPng(ReadOnlySpan<byte> file)
    {
        const int SignatureBytes = 8, FrameBytes = 12;
        long place = SignatureBytes;
        while (place + FrameBytes <= file.Length)
        {
            ReadOnlySpan<byte> chunk = file[(int)place..];
            if (chunk[4..].StartsWith("IEND"u8))
                return true;
            place += FrameBytes + BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }
        return false;
    }

    /// <summary>WebP: as many bytes as its header says.</summary>
    public static bool HasWebp(ReadOnlySpan<byte> file) => file.Length >= 8L + BinaryPrimitives.ReadUInt32LittleEndian(file[4..]);

    /// <summary>GIF: the trailer.</summary>
    public static bool HasGif(ReadOnlySpan<byte> file) => file.TrimEnd((byte)0).EndsWith(GifTrailer);

    /// <summary>BMP: as many bytes as its header says.</summary>
    public static bool HasBmp(ReadOnlySpan<byte> file) => file.Length >= BinaryPrimitives.ReadUInt32LittleEndian(file[2..]);
}
