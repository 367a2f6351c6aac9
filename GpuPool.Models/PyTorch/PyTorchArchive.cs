using System.IO.Compression;

namespace GpuPool.Models.PyTorch;

/// <summary>What <c>torch.save</c> writes since version 1.6: a zip archive with the pickle and, for each storage, an entry with its elements.</summary>
internal sealed class PyTorchArchive : IPyTorchContainer
{
    private const string Pickle = "data.pkl";

    // No deflated byte becomes more than so many.
    private const int MostInflation = 1032;

    private readonly string _path, _folder;

    /// <summary>Reads the pickle of an archive.</summary>
    /// <exception cref="PyTorchException">The archive is not what it should be.</exception>
    /// <exception cref="PickleException">The pickle is not.</exception>
    /// <exception cref="InvalidDataException">It is no archive.</exception>
    public PyTorchArchive(string path, FileStream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
        ZipArchiveEntry pickle = archive.Entries.FirstOrDefault(entry => entry.FullName == Pickle || entry.FullName.EndsWith("/" + Pickle, StringComparison.Ordinal))
            ?? throw new PyTorchException(path, "it has no data.pkl, so torch.save did not write it");
        (_path, _folder) = (path, pickle.FullName[..^Pickle.Length]);
        if (archive.GetEntry(_folder + "byteorder") is { } order && ReadAll(order, stream.Length) is not [(byte)'l', ..])
            throw new PyTorchException(path, "its elements are not little endian");
        Value = new PickleReader(ReadAll(pickle, stream.Length)).Read();
    }

    /// <inheritdoc/>
    public object? Value { get; }

    /// <inheritdoc/>
    public byte[] Elements(FileStream stream, string name, PyTorchTensor tensor)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
        ZipArchiveEntry entry = archive.GetEntry($"{_folder}data/{tensor.Storage}") ?? throw new PyTorchException(_path, $"the elements of '{name}' are not in it");
        if (tensor.Elements != entry.Length / tensor.ElementBytes || tensor.Offset + tensor.Span > tensor.Elements)
            throw new PyTorchException(_path, $"'{name}' reaches beyond its {entry.Length} bytes");
        RequirePossible(entry, stream.Length);
        byte[] bytes = new byte[tensor.SpanBytes(_path, name)];
        // The checksum is that of all elements.
        Copy(entry, bytes, tensor.Offset * tensor.ElementBytes);
        return bytes;
    }

    private byte[] ReadAll(ZipArchiveEntry entry, long fileBytes)
    {
        RequirePossible(entry, fileBytes);
        if (entry.Length is < 0 or > PickleReader.MostBytes)
            throw new PyTorchException(_path, $"{entry.FullName} has {entry.Length} bytes, more than {PickleReader.MostBytes}");
        byte[] bytes = new byte[entry.Length];
        Copy(entry, bytes, 0);
        return bytes;
    }

    // Memory is taken for what an entry says that it has, so that must be possible.
    private void RequirePossible(ZipArchiveEntry entry, long fileBytes)
    {
        if (entry.CompressedLength > fileBytes || entry.Length / MostInflation > entry.CompressedLength)
            throw new PyTorchException(_path, $"{entry.FullName} cannot have {entry.Length} bytes");
    }

    // .NET does not compare checksums of zip entries by itself.
    private void Copy(ZipArchiveEntry entry, Span<byte> target, long first)
    {
        using Stream stream = entry.Open();
        byte[] piece = new byte[1 << 16];
        var sum = new Crc32();
        long position = 0;
        for (int count; (count = stream.Read(piece)) > 0; position += count)
        {
            sum.Add(piece.AsSpan(0, count));
            int from = (int)Math.Clamp(first - position, 0, count), to = (int)Math.Clamp(first + target.Length - position, 0, count);
            if (from < to)
                piece.AsSpan(from, to - from).CopyTo(target[(int)(position + from - first)..]);
        }
        if (position != entry.Length || sum.Value != entry.Crc32)
            throw new PyTorchException(_path, $"{entry.FullName} is damaged: its checksum is another");
    }
}
