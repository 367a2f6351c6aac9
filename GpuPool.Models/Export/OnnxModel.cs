namespace GpuPool.Models.Export;

/// <summary>An ONNX file before it is written.</summary>
/// <param name="Opset">Version of the standard operators.</param>
/// <param name="Nodes">Operators, each behind those that it reads.</param>
/// <param name="Constants">Weights and other numbers.</param>
/// <param name="Inputs">What a run is given.</param>
/// <param name="Outputs">What it gives.</param>
/// <param name="Metadata">Free texts by name.</param>
internal sealed record OnnxModel(
    int Opset, IReadOnlyList<OnnxNode> Nodes, IReadOnlyList<OnnxConstant> Constants, IReadOnlyList<OnnxValue> Inputs, IReadOnlyList<OnnxValue> Outputs,
    IReadOnlyDictionary<string, string> Metadata)
{
    // Each version of the operators came with a version of the file format.
    private static readonly (int Opset, int Format)[] _formats = [(17, 8), (19, 9), (21, 10), (23, 11)];

    // Elements start at multiples of this in the file that they have to themselves, as a page of memory does.
    private const int Alignment = 4096;

    /// <summary>Writes the file, and beside it <c>NAME.data</c> with the weights where these are too large for it.</summary>
    /// <param name="path">Where to; what was there is replaced when the new one is whole.</param>
    /// <param name="mostBytes">Bytes of weights that the file may hold.</param>
    public void Write(string path, long mostBytes)
    {
        string? data = Constants.Sum(constant => (long)constant.Bytes.Length) > mostBytes ? path + ".data" : null;
        if (data is not null)
            WholeFile.Write(data, WriteData);
        WholeFile.Write(path, stream => Write(stream, Path.GetFileName(data)));
    }

    private void Write(Stream stream, string? data)
    {
        var inner = new ProtobufMessage();
        foreach (OnnxNode node in Nodes)
            inner.Add(1, node.Message());
        inner.Add(2, "gpupool");
        foreach (OnnxValue input in Inputs)
            inner.Add(11, input.Message());
        foreach (OnnxValue output in Outputs)
            inner.Add(12, output.Message());
        // Elements go from their arrays to the stream: whole, the message would be a second copy of all weights.
        List<(ProtobufMessage Head, OnnxConstant? Elements)> tensors = [];
        long length = inner.Bytes.Length, offset = 0;
        foreach (OnnxConstant constant in Constants)
        {
            bool isOutside = data is not null && constant.IsLarge;
            ProtobufMessage tensor = isOutside ? constant.Reference(data!, offset) : constant.Head();
            offset += isOutside ? Aligned(constant) : 0;
            long rest = isOutside ? 0 : constant.Bytes.Length;
            var head = new ProtobufMessage().Open(5, tensor.Bytes.Length + rest);
            tensors.Add((head, null));
            tensors.Add((tensor, isOutside ? null : constant));
            length += head.Bytes.Length + tensor.Bytes.Length + rest;
        }
        stream.Write(new ProtobufMessage()
            .Add(1, _formats.Last(format => format.Opset <= Opset).Format)
            .Add(2, "GpuPool")
            .Add(8, new ProtobufMessage().Add(1, "").Add(2, Opset)).Bytes);
        foreach ((string key, string value) in Metadata)
            stream.Write(new ProtobufMessage().Add(14, OnnxConstant.Entry(key, value)).Bytes);
        stream.Write(new ProtobufMessage().Open(7, length).Bytes);
        stream.Write(inner.Bytes);
        foreach ((ProtobufMessage head, OnnxConstant? elements) in tensors)
        {
            stream.Write(head.Bytes);
            if (elements is not null)
                stream.Write(elements.Bytes);
        }
    }

    private void WriteData(Stream stream)
    {
        byte[] padding = new byte[Alignment];
        foreach (OnnxConstant constant in Constants.Where(constant => constant.IsLarge))
        {
            stream.Write(constant.Bytes);
            stream.Write(padding, 0, (int)(Aligned(constant) - constant.Bytes.Length));
        }
    }

    private static long Aligned(OnnxConstant constant) => ((long)constant.Bytes.Length + Alignment - 1) / Alignment * Alignment;
}
