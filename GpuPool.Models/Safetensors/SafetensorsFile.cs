using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuPool.Kernels;

namespace GpuPool.Models.Safetensors;

/// <summary>
/// A file of named tensors: 8 bytes with the length of the header, the header (JSON), the elements; little endian. Reading checks the header and
/// loads nothing else: elements are read tensor by tensor, so that memory is bounded by the header and the largest tensor asked for.
/// </summary>
/// <remarks>Source: the format description of the safetensors library. Stricter than it: no header above 16 MiB, no unknown field.</remarks>
public sealed class SafetensorsFile : ITensorFile
{
    private SafetensorsFile(string path, SafetensorsHeader header) => (Path, Metadata, Entries) = (path, header.Metadata, header.Entries);

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>Free text by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <inheritdoc/>
    IEnumerable<string> ITensorFile.Names => Entries.Keys;

    /// <summary>Reads and checks the header of a file.</summary>
    /// <exception cref="SafetensorsException">The file is not well formed, or a tensor has another type than F32, F64, F16, BF16 or I64.</exception>
    /// <exception cref="IOException">The file is absent or cannot be read.</exception>
    public static SafetensorsFile Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> length = stackalloc byte[SafetensorsHeader.LengthBytes];
        if (stream.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) < length.Length)
            throw new SafetensorsException(path, 0, "the file ends within the length of its header");
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (headerBytes > SafetensorsHeader.MostBytes || (long)headerBytes > stream.Length - length.Length)
            throw new SafetensorsException(path, 0, $"the header has {headerBytes} bytes, more than the file or than {SafetensorsHeader.MostBytes}");
        byte[] json = new byte[headerBytes];
        stream.ReadExactly(json);
        return new SafetensorsFile(path, SafetensorsHeader.Parse(path, json, stream.Length - length.Length - json.Length));
    }

    /// <summary>What the name of such a file ends in.</summary>
    public const string End = ".safetensors";

    /// <summary>Writes a file. It appears under its name when it is whole; one that was there is replaced.</summary>
    /// <exception cref="ArgumentException">A name is used twice or reserved, or the header passes 16 MiB.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        WholeFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>Writes the contents of a file to a stream.</summary>
    /// <inheritdoc cref="Write(string, IEnumerable{SafetensorsTensor}, IReadOnlyDictionary{string, string}?)" path="/exception"/>
    public static void Write(Stream stream, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Wide elements first: each tensor then starts at a multiple of its element size.
        SafetensorsTensor[] ordered = [.. tensors.OrderByDescending(tensor => SafetensorsEntry.ElementBytes(tensor.Type))];
        byte[] header = Header(ordered, metadata);
        if (header.Length > SafetensorsHeader.MostBytes)
            throw new ArgumentException($"the header has {header.Length} bytes, more than {SafetensorsHeader.MostBytes}", nameof(tensors));
        Span<byte> length = stackalloc byte[SafetensorsHeader.LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (SafetensorsTensor tensor in ordered)
            stream.Write(tensor.Bytes);
    }

    /// <summary>A tensor in its own type, but in single precision in place of half, under another name if one is given.</summary>
    /// <inheritdoc cref="Floats" path="/exception"/>
    public SafetensorsTensor Tensor(string name, string? newName = null) => Entries[name].Type switch
    {
        SafetensorsType.Float64 => new(newName ?? name, Entries[name].Shape, Elements<double>(name)),
        SafetensorsType.Int64 => new(newName ?? name, Entries[name].Shape, Elements<long>(name)),
        _ => new(newName ?? name, Entries[name].Shape, Floats(name)),
    };

    /// <inheritdoc/>
    public Shape ShapeOf(string name) => Entries[name].Shape;

    /// <inheritdoc/>
    public string TypeOf(string name) => Entries[name].Type.ToString().ToLowerInvariant();

    /// <inheritdoc/>
    public bool IsFloating(string name) => Entries[name].Type != SafetensorsType.Int64;

    /// <summary>The elements of a tensor, row major, as float32; other types are rounded.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="SafetensorsException">The file has become shorter.</exception>
    public float[] Floats(string name) => Entries[name].Type switch
    {
        SafetensorsType.Float32 => Elements<float>(name),
        SafetensorsType.Float64 => Array.ConvertAll(Elements<double>(name), value => (float)value),
        SafetensorsType.Float16 => Array.ConvertAll(Elements<Half>(name), value => (float)value),
        SafetensorsType.BFloat16 => Array.ConvertAll(Elements<ushort>(name), value => BitConverter.Int32BitsToSingle(value << 16)),
        _ => Array.ConvertAll(Elements<long>(name), value => (float)value),
    };

    /// <summary>The elements of a tensor, row major, as float64; whole numbers beyond 2^53 are rounded.</summary>
    /// <inheritdoc cref="Floats" path="/exception"/>
    public double[] Doubles(string name) => Entries[name].Type switch
    {
        SafetensorsType.Float64 => Elements<double>(name),
        SafetensorsType.Int64 => Array.ConvertAll(Elements<long>(name), value => (double)value),
        _ => Array.ConvertAll(Floats(name), value => (double)value),
    };

    /// <summary>The elements of a tensor of whole numbers, row major.</summary>
    /// <inheritdoc cref="Floats" path="/exception"/>
    public long[] Integers(string name) => Entries[name].Type == SafetensorsType.Int64
        ? Elements<long>(name)
        : throw new SafetensorsException(Path, Entries[name].Offset, $"'{name}' must be of type I64, but is {SafetensorsEntry.Word(Entries[name].Type)}");

    private T[] Elements<T>(string name) where T : unmanaged
    {
        SafetensorsEntry entry = Entries[name];
        using FileStream stream = File.OpenRead(Path);
        if (stream.Length < entry.Offset + entry.Bytes)
            throw new SafetensorsException(Path, stream.Length, $"the file ends within '{name}'");
        var values = new T[entry.Shape.Count];
        stream.Position = entry.Offset;
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static byte[] Header(SafetensorsTensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var names = new HashSet<string> { SafetensorsHeader.MetadataName };
        using var buffer = new MemoryStream();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        if (metadata is not null)
        {
            json.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach ((string key, string value) in metadata)
                json.WriteString(key, value);
            json.WriteEndObject();
        }
        long offset = 0;
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"the name '{tensor.Name}' is used twice or reserved", nameof(tensors));
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", SafetensorsEntry.Word(tensor.Type));
            WriteNumbers(json, "shape", [.. tensor.Shape.Extents.ToArray().Select(extent => (long)extent)]);
            WriteNumbers(json, "data_offsets", [offset, offset += tensor.Bytes.Length]);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.Flush();
        // Spaces behind the JSON let the elements start at a multiple of 8.
        while (buffer.Length % SafetensorsHeader.LengthBytes != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
