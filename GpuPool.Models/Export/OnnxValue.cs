namespace GpuPool.Models.Export;

/// <summary>An input or output of an ONNX model, of float32.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Extents">Extents, outermost first; null for the number of images where that is left open.</param>
internal sealed record OnnxValue(string Name, IReadOnlyList<int?> Extents)
{
    private const int FloatType = 1;

    /// <summary>The value as ONNX's ValueInfoProto.</summary>
    public ProtobufMessage Message()
    {
        var shape = new ProtobufMessage();
        foreach (int? extent in Extents)
            shape.Add(1, extent is { } known ? new ProtobufMessage().Add(1, known) : new ProtobufMessage().Add(2, "batch"));
        return new ProtobufMessage().Add(1, Name).Add(2, new ProtobufMessage().Add(1, new ProtobufMessage().Add(1, FloatType).Add(2, shape)));
    }
}
