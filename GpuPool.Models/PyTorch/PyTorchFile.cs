using System.Buffers.Binary;
using GpuPool.Kernels;

namespace GpuPool.Models.PyTorch;

/// <summary>
/// Tensors in a file of PyTorch (<c>torch.save</c> of any version since 0.1.10). Nothing in it is executed. Of dictionaries in dictionaries, such as <c>state_dict</c> beside numbers of the training,
/// the one with the most tensors is read, and of several the first; a prefix <c>module.</c> of all names, as of a parallel network, is left out.
/// </summary>
public sealed class PyTorchFile : ITensorFile
{
    private const string Parallel = "module.";

    private const int MostDepth = 4, MostTensors = 100_000;

    private readonly IPyTorchContainer _container;

    private PyTorchFile(string path, IPyTorchContainer container, IReadOnlyDictionary<string, PyTorchTensor> entries) => (Path, _container, Entries) = (path, container, entries);

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, PyTorchTensor> Entries { get; }

    /// <inheritdoc/>
    IEnumerable<string> ITensorFile.Names => Entries.Keys;

    /// <summary>Reads what a file says of its tensors.</summary>
    /// <exception cref="PyTorchException">The file is damaged, or is no such file, or has something in it that is not read.</exception>
    /// <exception cref="IOException">The file is absent or cannot be read.</exception>
    public static PyTorchFile Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Guarded(path, () =>
        {
            try
            {
                Span<byte> start = stackalloc byte[PyTorchSequence.Magic.Length];
                IPyTorchContainer container = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(PyTorchSequence.Magic)
                    ? new PyTorchSequence(path, stream) : new PyTorchArchive(path, stream);
                return new PyTorchFile(path, container, Tensors(path, container.Value));
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
        using FileStream stream = File.OpenRead(Path);
        byte[] bytes = Guarded(Path, () => _container.Elements(stream, name, tensor));
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

    private static Dictionary<string, PyTorchTensor> Tensors(string path, object? value)
    {
        Dictionary<string, PyTorchTensor> most = Dictionaries(value).Select(OfTensors).MaxBy(tensors => tensors.Count) ?? [];
        if (most.Count is 0 or > MostTensors)
            throw new PyTorchException(path, most.Count == 0 ? "it has no dictionary of tensors" : $"it has more than {MostTensors} tensors");
        return most.Keys.All(name => name.StartsWith(Parallel, StringComparison.Ordinal)) ? most.ToDictionary(pair => pair.Key[Parallel.Length..], pair => pair.Value) : most;
    }

    private static Dictionary<string, PyTorchTensor> OfTensors(List<(object? Key, object? Value)> pairs)
    {
        var tensors = new Dictionary<string, PyTorchTensor>();
        foreach ((object? key, object? entry) in pairs)
        {
            if (key is string name && entry is PyTorchTensor tensor)
                tensors[name] = tensor;
        }
        return tensors;
    }

    // Level by level; one that stands at many places is looked at once, or a small file could ask for any amount of work.
    private static IEnumerable<List<(object? Key, object? Value)>> Dictionaries(object? value)
    {
        HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
        object?[] level = [value];
        for (int depth = 0; depth < MostDepth && level.Length > 0; depth++)
        {
            List<(object? Key, object? Value)>[] found = [.. level.OfType<List<(object? Key, object? Value)>>().Where(seen.Add)];
            foreach (List<(object? Key, object? Value)> pairs in found)
                yield return pairs;
            level = [.. found.SelectMany(pairs => pairs.Select(pair => pair.Value))];
        }
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or ArgumentException)
        {
            throw new PyTorchException(path, "it is no whole file of torch.save", exception);
        }
    }
}
