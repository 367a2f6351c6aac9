using System.Buffers.Binary;

namespace GpuPool.Models.PyTorch;

/// <summary>
/// What <c>torch.save</c> wrote before version 1.6, as most of torchvision's older weights are kept: pickles of a magic number, a version, a description of the machine, the value and the names of the
/// storages, and behind them for each storage, in this order, the number of its elements and the elements. There are no checksums.
/// </summary>
internal sealed class PyTorchSequence : IPyTorchContainer
{
    private const long Version = 1001;

    private readonly string _path;
    private readonly Dictionary<string, (long Start, long Elements)> _storages = [];

    /// <summary>Reads the pickles of a file.</summary>
    /// <exception cref="PyTorchException">The file ends too early, or is of another version.</exception>
    /// <exception cref="PickleException">A pickle is not what it should be.</exception>
    public PyTorchSequence(string path, FileStream stream)
    {
        _path = path;
        byte[] head = new byte[Math.Min(stream.Length, PickleReader.MostBytes)];
        stream.Position = 0;
        stream.ReadExactly(head);
        var reader = new PickleReader(head, Magic.Length);
        if (reader.Read() is not Version)
            throw new PyTorchException(path, $"it is not of version {Version} of PyTorch's older files");
        if (reader.Read() is not List<(object? Key, object? Value)> machine || !machine.Contains(("little_endian", true)))
            throw new PyTorchException(path, "its elements are not little endian");
        Value = reader.Read();
        Dictionary<string, int> elementBytes = PyTorchObjects.ElementBytes(reader.References);
        if (reader.Read() is not List<object?> keys)
            throw new PyTorchException(path, "it does not list its storages");
        long position = reader.Position;
        foreach (object? key in keys)
        {
            if (key is not string storage || !elementBytes.TryGetValue(storage, out int size))
                throw new PyTorchException(path, "it lists a storage that no tensor has");
            long elements = Count(stream, position);
            position += sizeof(long);
            if (elements < 0 || elements > (stream.Length - position) / size)
                throw new PyTorchException(path, $"byte {position - sizeof(long)}: a storage of {elements} elements reaches beyond its end");
            _storages[storage] = (position, elements);
            position += elements * size;
        }
    }

    /// <summary>What such a file begins with: the pickle of its magic number.</summary>
    public static ReadOnlySpan<byte> Magic => [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

    /// <inheritdoc/>
    public object? Value { get; }

    /// <inheritdoc/>
    public byte[] Elements(FileStream stream, string name, PyTorchTensor tensor)
    {
        if (!_storages.TryGetValue(tensor.Storage, out (long Start, long Elements) storage))
            throw new PyTorchException(_path, $"the elements of '{name}' are not in it");
        if (tensor.Elements != storage.Elements || tensor.Offset + tensor.Span > storage.Elements)
            throw new PyTorchException(_path, $"'{name}' reaches beyond its {storage.Elements} elements");
        byte[] bytes = new byte[tensor.SpanBytes(_path, name)];
        stream.Position = storage.Start + tensor.Offset * tensor.ElementBytes;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static long Count(FileStream stream, long position)
    {
        Span<byte> count = stackalloc byte[sizeof(long)];
        stream.Position = position;
        stream.ReadExactly(count);
        return BinaryPrimitives.ReadInt64LittleEndian(count);
    }
}
