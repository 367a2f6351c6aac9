using System.Text.Json;
using GpuPool.Kernels;

namespace GpuPool.Models.Safetensors;

/// <summary>
/// Reads the JSON header: {"__metadata__": {string: string}, NAME: {"dtype": .., "shape": [..], "data_offsets": [begin, end]}, ..}. Nothing in it is
/// trusted: each tensor must have the bytes its shape needs, and together they must fill the data without gap or overlap.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>A header of a network has some 100 bytes a tensor.</summary>
    public const int MostBytes = 16 << 20;

    /// <summary>Bytes in front of the header, which hold its length.</summary>
    public const int LengthBytes = 8;

    public const string MetadataName = "__metadata__";

    private const int MostAxes = 8;

    private readonly string _path;
    private readonly long _dataStart, _dataBytes;
    private bool _hasMetadata;

    private SafetensorsHeader(string path, long dataStart, long dataBytes) => (_path, _dataStart, _dataBytes) = (path, dataStart, dataBytes);

    public Dictionary<string, string> Metadata { get; } = [];

    public Dictionary<string, SafetensorsEntry> Entries { get; } = [];

    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataBytes)
    {
        var header = new SafetensorsHeader(path, LengthBytes + json.Length, dataBytes);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 3 });
        try
        {
            header.ReadEntries(ref reader);
        }
        // The reader reports wrong syntax by the first and wrong UTF-8 by the second.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw header.Wrong(reader, "the header is not the JSON of a safetensors file");
        }
        header.CheckLayout();
        return header;
    }

    private void ReadEntries(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(reader, JsonTokenType.StartObject, "the header must be an object");
        while (NextName(ref reader) is { } name)
        {
            reader.Read();
            Expect(reader, JsonTokenType.StartObject, $"'{Shorten(name)}' must be an object");
            if (name == MetadataName ? _hasMetadata : Entries.ContainsKey(name))
                throw Wrong(reader, $"'{Shorten(name)}' occurs twice");
            if (name == MetadataName)
                ReadMetadata(ref reader);
            else
                Entries.Add(name, ReadEntry(ref reader, name));
        }
        if (reader.Read())
            throw Wrong(reader, "the header goes on behind its object");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        _hasMetadata = true;
        while (NextName(ref reader) is { } key)
        {
            reader.Read();
            Expect(reader, JsonTokenType.String, $"the metadata '{Shorten(key)}' must be a string");
            if (!Metadata.TryAdd(key, reader.GetString()!))
                throw Wrong(reader, $"the metadata '{Shorten(key)}' occurs twice");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        SafetensorsType? type = null;
        Shape? shape = null;
        long[]? range = null;
        while (NextName(ref reader) is { } field)
        {
            switch (field)
            {
                case "dtype" when type is null:
                    type = ReadType(ref reader, name);
                    break;
                case "shape" when shape is null:
                    shape = ReadShape(ref reader, name);
                    break;
                case "data_offsets" when range is null:
                    range = ReadNumbers(ref reader, name, most: 2);
                    break;
                default:
                    throw Wrong(reader, $"'{Shorten(name)}' has an unknown or a second field '{Shorten(field)}'");
            }
        }
        if (type is null || shape is null || range is not { Length: 2 })
            throw Wrong(reader, $"'{Shorten(name)}' must have dtype, shape and two data_offsets");
        var entry = new SafetensorsEntry(type.Value, shape.Value, _dataStart + range[0]);
        if (range[1] > _dataBytes || range[1] - range[0] != entry.Bytes)
            throw Wrong(reader, $"'{Shorten(name)}' {entry.Shape} takes {entry.Bytes} bytes, but has {range[0]} to {range[1]} of {_dataBytes}");
        if (entry.Bytes > int.MaxValue)
            throw Wrong(reader, $"'{Shorten(name)}' has 2 GiB or more");
        return entry;
    }

    private SafetensorsType ReadType(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        Expect(reader, JsonTokenType.String, $"the dtype of '{Shorten(name)}' must be a string");
        string word = reader.GetString()!;
        foreach (SafetensorsType type in Enum.GetValues<SafetensorsType>())
        {
            if (SafetensorsEntry.Word(type) == word)
                return type;
        }
        throw Wrong(reader, $"the dtype of '{Shorten(name)}' is '{Shorten(word)}'; read are F32, F64, F16, BF16 and I64");
    }

    private Shape ReadShape(ref Utf8JsonReader reader, string name)
    {
        long[] extents = ReadNumbers(ref reader, name, MostAxes);
        long count = 1;
        foreach (long extent in extents)
        {
            if (extent > int.MaxValue || (count *= extent) > int.MaxValue)
                throw Wrong(reader, $"'{Shorten(name)}' has 2^31 elements or more");
        }
        return new Shape([.. extents.Select(extent => (int)extent)]);
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string name, int most)
    {
        reader.Read();
        Expect(reader, JsonTokenType.StartArray, $"shape and data_offsets of '{Shorten(name)}' must be arrays");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0 || numbers.Count == most)
                throw Wrong(reader, $"shape and data_offsets of '{Shorten(name)}' must be whole numbers of at least 0, and at most {most} of them");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    private void CheckLayout()
    {
        long position = _dataStart;
        foreach ((string name, SafetensorsEntry entry) in Entries.OrderBy(entry => entry.Value.Offset).ThenBy(entry => entry.Value.Bytes))
        {
            if (entry.Offset != position)
                throw new SafetensorsException(_path, position, $"{(entry.Offset > position ? "a gap before" : "an overlap with")} '{Shorten(name)}'");
            position += entry.Bytes;
        }
        if (position != _dataStart + _dataBytes)
            throw new SafetensorsException(_path, position, $"{_dataStart + _dataBytes - position} bytes behind the last tensor");
    }

    private static string? NextName(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;

    private void Expect(Utf8JsonReader reader, JsonTokenType token, string rule)
    {
        if (reader.TokenType != token)
            throw Wrong(reader, rule);
    }

    private SafetensorsException Wrong(Utf8JsonReader reader, string reason) => new(_path, LengthBytes + reader.TokenStartIndex, reason);

    // Names of a hostile file can be megabytes long and full of control characters; the message stays one line.
    private static string Shorten(string name)
    {
        string start = name.Length > 100 ? string.Concat(name.AsSpan(0, 100), "...") : name;
        return string.Concat(start.Select(letter => char.IsControl(letter) ? '?' : letter));
    }
}
