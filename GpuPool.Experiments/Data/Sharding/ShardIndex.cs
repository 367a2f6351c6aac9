using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace GpuPool.Experiments.Data.Sharding;

/// <summary>What lies where in the shards of one split: behind a header a line for each picture, in the order of the archives, with tabs between its four values.</summary>
/// <remarks>
/// The text stays in memory as it was read, and a name is decoded when it is asked for: with names as ImageNet's 68 bytes a picture, its place and class included.
/// </remarks>
internal sealed class ShardIndex
{
    /// <summary>The first line: number of the shard, first byte and bytes of the picture in its archive, and its name there, <c>CLASS/FILE</c>.</summary>
    public const string Header = "shard\toffset\tbytes\tname";

    /// <summary>The longest archive that is read: it is held in memory as a whole.</summary>
    public const int MostShardBytes = 1 << 30;

    private const int MostBytes = 1 << 30, MostNameBytes = 1024;

    private readonly byte[] _text;
    private readonly int[] _names, _offsets, _lengths, _labels;
    private readonly List<int> _firsts = [];

    /// <summary>Reads an index.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classNames">The classes that its names may have; null to take those that they have, in ordinal order.</param>
    /// <exception cref="GpuPoolException">It is not there (10), or not an index (11).</exception>
    public ShardIndex(string path, IReadOnlyList<string>? classNames = null)
    {
        _text = DataFile.ReadAll(path, MostBytes);
        ReadOnlySpan<byte> text = _text;
        int start = Header.Length + 1;
        if (!text.StartsWith(Encoding.UTF8.GetBytes(Header + '\n')))
            throw DataFile.Corrupt(path, "the first line does not name shard, offset, bytes and name with tabs between them", 0);
        int count = text[start..].Count((byte)'\n');
        if (count == 0 || text[^1] != '\n')
            throw DataFile.Corrupt(path, count == 0 ? "no picture is listed" : "the file ends within a line", text.Length);
        (_names, _offsets, _lengths, _labels) = (new int[count], new int[count], new int[count], new int[count]);
        Dictionary<string, int> classes = new((classNames ?? []).Select((name, label) => KeyValuePair.Create(name, label)), StringComparer.Ordinal);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> byName = classes.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> letters = stackalloc char[MostNameBytes];
        for (int picture = 0; picture < count; picture++)
        {
            ReadOnlySpan<byte> line = text[start..];
            line = line[..line.IndexOf((byte)'\n')];
            int end = start + line.Length;
            if (!TryTake(ref line, out int shard) || !TryTake(ref line, out _offsets[picture]) || !TryTake(ref line, out _lengths[picture]) || (long)_offsets[picture] + _lengths[picture] > MostShardBytes)
                throw DataFile.Corrupt(path, $"no line with a shard, an offset and a number of bytes within {MostShardBytes}", start);
            if (shard == _firsts.Count)
                _firsts.Add(picture);
            else if (shard != _firsts.Count - 1)
                throw DataFile.Corrupt(path, $"shard {shard} stands where {_firsts.Count} or the one before it was expected", start);
            if (!TryDecode(line, letters, out ReadOnlySpan<char> name))
                throw DataFile.Corrupt(path, "no name of the form CLASS/FILE", end - line.Length);
            ReadOnlySpan<char> className = name[..name.IndexOf('/')];
            if (!byName.TryGetValue(className, out int label))
            {
                if (classNames is not null)
                    throw DataFile.Corrupt(path, $"class '{className}' is one that the training split does not have", end - line.Length);
                label = classes.Count;
                byName[className] = label;
            }
            (_names[picture], _labels[picture], start) = (end - line.Length, label, end + 1);
        }
        ClassNames = classNames ?? [.. classes.Keys.Order(StringComparer.Ordinal)];
        if (classNames is null)
        {
            int[] ordered = new int[classes.Count];
            foreach ((int label, string name) in ClassNames.Index())
                ordered[classes[name]] = label;
            _labels = Array.ConvertAll(_labels, label => ordered[label]);
        }
    }

    /// <summary>The classes in the order of their labels.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of pictures.</summary>
    public int Count => _names.Length;

    /// <summary>Number of archives.</summary>
    public int Shards => _firsts.Count;

    /// <summary>Bytes of an archive up to the end of its last picture, on average.</summary>
    public long MeanShardBytes => _firsts.Select((_, shard) => (shard + 1 < Shards ? _firsts[shard + 1] : Count) - 1).Sum(last => (long)_offsets[last] + _lengths[last]) / Shards;

    /// <summary>The archive that a picture lies in.</summary>
    public int Shard(int picture)
    {
        int place = _firsts.BinarySearch(picture);
        return place >= 0 ? place : ~place - 1;
    }

    /// <summary>Its first byte there.</summary>
    public int Offset(int picture) => _offsets[picture];

    /// <summary>Its number of bytes.</summary>
    public int Length(int picture) => _lengths[picture];

    /// <summary>Its class.</summary>
    public int Label(int picture) => _labels[picture];

    /// <summary>Its name, <c>CLASS/FILE</c>.</summary>
    public string Name(int picture)
    {
        ReadOnlySpan<byte> rest = _text.AsSpan(_names[picture]);
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)'\n')]);
    }

    // A number that is not negative, with the tab behind it.
    private static bool TryTake(ref ReadOnlySpan<byte> line, out int value)
    {
        bool isNumber = Utf8Parser.TryParse(line, out value, out int used) && value >= 0 && used < line.Length && line[used] == '\t';
        if (isNumber)
            line = line[(used + 1)..];
        return isNumber;
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, Span<char> letters, out ReadOnlySpan<char> name)
    {
        bool isText = Utf8.ToUtf16(bytes, letters, out _, out int written, replaceInvalidSequences: false) == OperationStatus.Done;
        name = letters[..written];
        return isText && name.Contains('/') && DataFile.StaysInside(name);
    }
}
