using System.Buffers.Binary;
using System.IO.Compression;
using GpuPool.Kernels;

namespace GpuPool.Models.PyTorch;

/// <summary>
/// Tensors in a file of PyTorch (<c>torch.save</c> of version 1.6 or later: a zip archive with a pickle and the elements). Nothing in it is executed. A dictionary in a dictionary
/// such as <c>state_dict</c> is read where the outer one has no tensors itself; a prefix <c>module.</c> of all names, as of a parallel network, is left out.
/// </summary>
public sealed class PyTorchFile : ITensorFile
{
    private const string Pickle = "data.pkl", Parallel = "module.";

    private const int MostPickleBytes = 1 << 26, MostDepth = 4, MostTensors = 100_000;

    // No deflated byte becomes more than so many.
    private const int MostInflation = 1032;

    private readonly string _folder;

    private PyTorchFile(string path, string folder, IReadOnlyDictionary<string, PyTorchTensor> entries) => (Path, _folder, Entries) = (path, folder, entries);

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, PyTorchTensor> Entries { get; }

    /// <inheritdoc/>
    IEnumerable<string> ITensorFile.Names => Entries.Keys;

    /// <summary>Reads what a file says of its tensors.</summary>
    /// <exception cref="PyTorchException">The file is damaged, or is no such archive, or has something in it that is not read.</exception>
    /// <exception cref="IOException">The file is absent or cannot be read.</exception>
    public static PyTorchFile Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Guarded(path, () =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
            ZipArchiveEntry pickle = archive.Entries.FirstOrDefault(entry => entry.FullName == Pickle || entry.FullName.EndsWith("/" + Pickle, StringComparison.Ordinal))
                ?? throw new PyTorchException(path, "it has no data.pkl, so torch.save did not write it");
            string folder = pickle.FullName[..^Pickle.Length];
            if (archive.GetEntry(folder + "byteorder") is { } order && ReadAll(path, order, stream.Length) is not [(byte)'l', ..])
                throw new PyTorchException(path, "its elements are not little endian");
            try
            {
                object? value = new PickleReader(ReadAll(path, pickle, stream.Length)).Read();
                return new PyTorchFile(path, folder, Tensors(path, value));
            }
            catch (PickleException exception)
            {
                throw new PyTorchException(path, exception.Message, exception);
            }
        });
    }

    /// <inheritdoc/>
    public Shape ShapeOf(string name) => Entries[name].Shape;

    /// <inheritdoc/>
    public string TypeOf(string name) => Entries[name].Type.ToString().ToLowerInvariant();

    /// <inheritdoc/>
    public bool IsFloating(string name) => Entries[name].Type != PyTorchType.Int64;

    /// <inheritdoc/>
    public float[] Floats(string name) => Entries[name].Type switch
    {
        PyTorchType.Float32 => Elements(name, BinaryPrimitives.ReadSingleLittleEndian),
        PyTorchType.Float64 => Elements(name, bytes => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        PyTorchType.Float16 => Elements(name, bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
        PyTorchType.BFloat16 => Elements(name, bytes => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16)),
        _ => Elements(name, bytes => (float)BinaryPrimitives.ReadInt64LittleEndian(bytes)),
    };

    /// <inheritdoc/>
    public double[] Doubles(string name) => Entries[name].Type switch
    {
        PyTorchType.Float64 => Elements(name, BinaryPrimitives.ReadDoubleLittleEndian),
        PyTorchType.Int64 => Elements(name, bytes => (double)BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        _ => Array.ConvertAll(Floats(name), value => (double)value),
    };

    private delegate T Decoding<T>(ReadOnlySpan<byte> bytes);

    private T[] Elements<T>(string name, Decoding<T> read)
    {
        PyTorchTensor tensor = Entries[name];
        byte[] bytes = ReadStorage(name, tensor);
        var values = new T[tensor.Shape.Count];
        int[] index = new int[tensor.Shape.Rank];
        for (int place = 0; place < values.Length; place++)
        {
            long element = 0;
            for (int axis = 0; axis < index.Length; axis++)
                element += index[axis] * tensor.Strides[axis];
            values[place] = read(bytes.AsSpan((int)(element * tensor.ElementBytes), tensor.ElementBytes));
            for (int axis = index.Length - 1; axis >= 0 && ++index[axis] == tensor.Shape[axis]; axis--)
                index[axis] = 0;
        }
        return values;
    }

    // The elements from the first to the last; the checksum is that of all.
    private byte[] ReadStorage(string name, PyTorchTensor tensor)
    {
        string entryName = $"{_folder}data/{tensor.Storage}";
        using FileStream stream = File.OpenRead(Path);
        return Guarded(Path, () =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
            ZipArchiveEntry entry = archive.GetEntry(entryName) ?? throw new PyTorchException(Path, $"the elements of '{name}' are not in it");
            if (tensor.Elements != entry.Length / tensor.ElementBytes || tensor.Offset + tensor.Span > tensor.Elements)
                throw new PyTorchException(Path, $"'{name}' reaches beyond its {entry.Length} bytes");
            long first = tensor.Offset * tensor.ElementBytes, length = tensor.Span * tensor.ElementBytes;
            if (length > int.MaxValue)
                throw new PyTorchException(Path, $"'{name}' has {length} bytes, more than are read");
            RequirePossible(Path, entry, stream.Length);
            byte[] bytes = new byte[length];
            Copy(Path, entry, bytes, first);
            return bytes;
        });
    }

    private static byte[] ReadAll(string path, ZipArchiveEntry entry, long fileBytes)
    {
        RequirePossible(path, entry, fileBytes);
        if (entry.Length is < 0 or > MostPickleBytes)
            throw new PyTorchException(path, $"{entry.FullName} has {entry.Length} bytes, more than {MostPickleBytes}");
        byte[] bytes = new byte[entry.Length];
        Copy(path, entry, bytes, 0);
        return bytes;
    }

    // Memory is taken for what an entry says that it has, so that must be possible.
    private static void RequirePossible(string path, ZipArchiveEntry entry, long fileBytes)
    {
        if (entry.CompressedLength > fileBytes || entry.Length / MostInflation > entry.CompressedLength)
            throw new PyTorchException(path, $"{entry.FullName} cannot have {entry.Length} bytes");
    }

    // .NET does not compare checksums of zip entries by itself.
    private static void Copy(string path, ZipArchiveEntry entry, Span<byte> target, long first)
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
            throw new PyTorchException(path, $"{entry.FullName} is damaged: its checksum is another");
    }

    private static Dictionary<string, PyTorchTensor> Tensors(string path, object? value)
    {
        var tensors = new Dictionary<string, PyTorchTensor>();
        for (int depth = 0; depth < MostDepth && value is List<(object? Key, object? Value)> pairs; depth++)
        {
            foreach ((object? key, object? entry) in pairs)
            {
                if (key is string name && entry is PyTorchTensor tensor)
                    tensors[name] = tensor;
            }
            if (tensors.Count > MostTensors)
                throw new PyTorchException(path, $"it has more than {MostTensors} tensors");
            if (tensors.Count > 0)
            {
                return tensors.Keys.All(name => name.StartsWith(Parallel, StringComparison.Ordinal))
                    ? tensors.ToDictionary(pair => pair.Key[Parallel.Length..], pair => pair.Value)
                    : tensors;
            }
            value = pairs.Find(pair => pair.Key is "state_dict" or "model_state_dict" or "model").Value ?? pairs.Find(pair => pair.Value is List<(object?, object?)>).Value;
        }
        throw new PyTorchException(path, "it has no dictionary of tensors");
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or ArgumentException)
        {
            throw new PyTorchException(path, "it is no whole zip archive; PyTorch before 1.6 wrote another kind of file, which 'torch.save(torch.load(FILE), FILE)' makes anew", exception);
        }
    }
}
