using System.Buffers.Binary;
using System.Text;

namespace GpuPool.Tests.Experiments.Events;

/// <summary>One event as a reader of the format finds it.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Version">Of the first record.</param>
/// <param name="Tag">Name of its value.</param>
/// <param name="Number">The value, where it is a number.</param>
/// <param name="Picture">Height, width and file, where it is a picture.</param>
public sealed record ReadEvent(long Step, string? Version, string? Tag, float? Number, (long Height, long Width, byte[] File)? Picture);

/// <summary>Reads files of events by their description, and shares nothing with what writes them: checksums bit by bit, messages field by field.</summary>
public static class EventReader
{
    /// <summary>CRC-32C, turned and shifted as in records.</summary>
    public static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0xFFFFFFFF;
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++)
                sum = (sum & 1) != 0 ? sum >> 1 ^ 0x82F63B78 : sum >> 1;
        }
        sum ^= 0xFFFFFFFF;
        return unchecked((sum >> 15 | sum << 17) + 0xA282EAD8);
    }

    public static IReadOnlyList<ReadEvent> Read(string path)
    {
        List<ReadEvent> events = [];
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        while (!bytes.IsEmpty)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            ReadOnlySpan<byte> message = bytes.Slice(12, length);
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), Is.EqualTo(Masked(bytes[..8])), "checksum of the length");
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(bytes[(12 + length)..]), Is.EqualTo(Masked(message)), "checksum of the message");
            events.Add(Event(Fields(message)));
            bytes = bytes[(16 + length)..];
        }
        return events;
    }

    private static ReadEvent Event(Dictionary<int, byte[]> fields)
    {
        Assert.That(BitConverter.ToDouble(fields[1]), Is.EqualTo(DateTimeOffset.UtcNow.ToUnixTimeSeconds()).Within(3600), "seconds");
        Dictionary<int, byte[]> value = fields.TryGetValue(5, out byte[]? summary) ? Fields(Fields(summary)[1]) : [];
        Dictionary<int, byte[]> picture = value.TryGetValue(4, out byte[]? image) ? Fields(image) : [];
        return new ReadEvent(
            fields.TryGetValue(2, out byte[]? step) ? BitConverter.ToInt64(step) : 0,
            fields.TryGetValue(3, out byte[]? version) ? Encoding.UTF8.GetString(version) : null,
            value.TryGetValue(1, out byte[]? tag) ? Encoding.UTF8.GetString(tag) : null,
            value.TryGetValue(2, out byte[]? number) ? BitConverter.ToSingle(number) : null,
            picture.Count > 0 ? (BitConverter.ToInt64(picture[1]), BitConverter.ToInt64(picture[2]), picture[4]) : null);
    }

    // By number; a whole number as its 8 bytes.
    private static Dictionary<int, byte[]> Fields(ReadOnlySpan<byte> message)
    {
        Dictionary<int, byte[]> fields = [];
        while (!message.IsEmpty)
        {
            long head = Varint(ref message);
            int length = (head & 7) switch { 1 => 8, 5 => 4, 2 => (int)Varint(ref message), _ => -1 };
            byte[] value = length < 0 ? BitConverter.GetBytes(Varint(ref message)) : message[..length].ToArray();
            fields.Add((int)(head >> 3), value);
            message = message[Math.Max(0, length)..];
        }
        return fields;
    }

    private static long Varint(ref ReadOnlySpan<byte> message)
    {
        long value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte piece = message[0];
            message = message[1..];
            value |= (long)(piece & 0x7F) << shift;
            if (piece < 0x80)
                return value;
        }
    }
}
