using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace GpuPool.Models.Export;

/// <summary>
/// A message of protocol buffers while it is written: fields, each a tag and a value, in any order. ONNX's models and TensorBoard's events are such messages, and need no more kinds of value than these.
/// </summary>
public sealed class ProtobufMessage
{
    private const int VarintWire = 0, DoubleWire = 1, BytesWire = 2, FloatWire = 5;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>A whole number.</summary>
    public ProtobufMessage Add(int field, long value)
    {
        Varint((ulong)field << 3 | VarintWire);
        Varint((ulong)value);
        return this;
    }

    /// <summary>A number of single precision.</summary>
    public ProtobufMessage Add(int field, float value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Varint((ulong)field << 3 | FloatWire);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A number of double precision.</summary>
    public ProtobufMessage Add(int field, double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        Varint((ulong)field << 3 | DoubleWire);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A text.</summary>
    public ProtobufMessage Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A message within this one.</summary>
    public ProtobufMessage Add(int field, ProtobufMessage value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Add(field, value.Bytes);
    }

    /// <summary>Bytes.</summary>
    public ProtobufMessage Add(int field, ReadOnlySpan<byte> value)
    {
        Open(field, value.Length);
        _bytes.Write(value);
        return this;
    }

    /// <summary>Begins a field of so many bytes, which whoever writes this message sends after it: what is too large to be held twice.</summary>
    public ProtobufMessage Open(int field, long length)
    {
        Varint((ulong)field << 3 | BytesWire);
        Varint((ulong)length);
        return this;
    }

    private void Varint(ulong value)
    {
        for (; value > 0x7F; value >>= 7)
            _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}
