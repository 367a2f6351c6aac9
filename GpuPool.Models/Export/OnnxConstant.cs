using System.Runtime.InteropServices;

namespace GpuPool.Models.Export;

/// <summary>A tensor of an ONNX file: a weight, or a number that a rule needs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Extents">Extents, outermost first; none for a single number.</param>
/// <param name="Values">Elements, row major: float32 or whole numbers of 8 bytes.</param>
internal sealed record OnnxConstant(string Name, IReadOnlyList<int> Extents, Array Values)
{
    // Numbers of TensorProto's types and of where data lie.
    private const int FloatType = 1, IntegerType = 7, External = 1;

    // What is smaller stays in the model: shapes must be readable without the other file.
    private const int LeastExternalBytes = 1024;

    /// <summary>The elements, little endian in the file as in memory.</summary>
    public ReadOnlySpan<byte> Bytes => Values is float[] floats ? MemoryMarshal.AsBytes<float>(floats) : MemoryMarshal.AsBytes<long>((long[])Values);

    /// <summary>Whether it may lie in a file of its own.</summary>
    public bool IsLarge => Bytes.Length >= LeastExternalBytes;

    /// <summary>ONNX's TensorProto up to the elements, which follow it.</summary>
    public ProtobufMessage Head() => Description().Open(9, Bytes.Length);

    /// <summary>ONNX's TensorProto with the elements in another file.</summary>
    /// <param name="file">Name of the file, in the folder of the model.</param>
    /// <param name="offset">Where in it the elements start, in bytes.</param>
    public ProtobufMessage Reference(string file, long offset) => Description()
        .Add(13, Entry("location", file))
        .Add(13, Entry("offset", FormattableString.Invariant($"{offset}")))
        .Add(13, Entry("length", FormattableString.Invariant($"{Bytes.Length}")))
        .Add(14, External);

    /// <summary>ONNX's StringStringEntryProto.</summary>
    public static ProtobufMessage Entry(string key, string value) => new ProtobufMessage().Add(1, key).Add(2, value);

    private ProtobufMessage Description()
    {
        var message = new ProtobufMessage();
        foreach (int extent in Extents)
            message.Add(1, extent);
        return message.Add(2, Values is float[]? FloatType : IntegerType).Add(8, Name);
    }
}
