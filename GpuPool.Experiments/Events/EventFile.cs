using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Models.Export;

namespace GpuPool.Experiments.Events;

/// <summary>A file of the events that TensorBoard shows: numbers and pictures by step, under names whose first part is a group.</summary>
/// <remarks>
/// Source: the descriptions of TensorFlow's TFRecord and of <c>event.proto</c> and <c>summary.proto</c>. A record is the length of a message in 8 bytes, the checksum of these, the
/// message, and its checksum; a checksum is CRC-32C, turned right by 15 bits, plus a constant. Each record is written whole, so that what a killed run leaves can be read.
/// </remarks>
internal sealed class EventFile : IDisposable
{
    private const uint Mask = 0xA282EAD8;

    // Fields of Event, of Summary.Value and of Summary.Image.
    private const int TimeField = 1, StepField = 2, VersionField = 3, SummaryField = 5, ValueField = 1, TagField = 1, NumberField = 2, PictureField = 4;

    private const int RedGreenBlue = 3;

    private readonly FileStream _stream;

    /// <summary>Begins a file of its own in a folder, which is made where it does not exist; TensorBoard shows all files of a folder together.</summary>
    /// <exception cref="GpuPoolException">The folder cannot be written (15).</exception>
    public EventFile(string folder)
    {
        OutputFolder.Create(folder);
        string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}.gpupool.{Environment.ProcessId}");
        _stream = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        Write(Event().Add(VersionField, "brain.Event:2"));
    }

    /// <summary>A number.</summary>
    /// <param name="tag">Its name, such as <c>train/loss</c>.</param>
    /// <param name="step">Where it stands on the axis.</param>
    /// <param name="value">The number, kept in single precision.</param>
    public void Number(string tag, long step, double value) => Write(step, new ProtobufMessage().Add(TagField, tag).Add(NumberField, (float)value));

    /// <summary>A picture.</summary>
    /// <param name="tag">Its name.</param>
    /// <param name="step">Where it stands.</param>
    /// <param name="picture">The picture, which is kept as PNG.</param>
    public void Picture(string tag, long step, RgbImage picture) => Write(step, new ProtobufMessage().Add(TagField, tag).Add(PictureField, new ProtobufMessage()
        .Add(1, picture.Height).Add(2, picture.Width).Add(3, RedGreenBlue).Add(4, ImageEncoder.Png(picture))));

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static ProtobufMessage Event() => new ProtobufMessage().Add(TimeField, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);

    private void Write(long step, ProtobufMessage value) => Write(Event().Add(StepField, step).Add(SummaryField, new ProtobufMessage().Add(ValueField, value)));

    private void Write(ProtobufMessage message)
    {
        byte[] length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)message.Bytes.Length);
        _stream.Write([.. length, .. Checksum(length), .. message.Bytes, .. Checksum(message.Bytes)]);
        _stream.Flush();
    }

    private static byte[] Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
            sum = BitOperations.Crc32C(sum, value);
        byte[] checksum = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, unchecked(BitOperations.RotateRight(~sum, 15) + Mask));
        return checksum;
    }
}
