using System.Formats.Tar;

namespace GpuPool.Experiments.Data.Sharding;

/// <summary>A tar archive of image files, read in one go.</summary>
internal sealed class Shard
{
    private readonly string _path;
    private readonly byte[] _bytes;
    private readonly Dictionary<long, (string Name, long Length)> _entries = [];

    /// <summary>Reads an archive. One that is damaged gives the files before the damage.</summary>
    /// <exception cref="GpuPoolException">It is not there (10), or too long (11).</exception>
    public Shard(string path)
    {
        (_path, _bytes) = (path, DataFile.ReadAll(path, ShardIndex.MostShardBytes));
        using var tar = new TarReader(new MemoryStream(_bytes, writable: false));
        try
        {
            while (tar.GetNextEntry() is { } entry)
                _entries[entry.DataOffset] = (entry.Name, entry.Length);
        }
        catch (Exception damage) when (damage is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
        }
    }

    /// <summary>A file of which an index says where it lies.</summary>
    /// <exception cref="GpuPoolException">It does not lie there (11).</exception>
    public byte[] File(string name, int offset, int length)
    {
        if ((long)offset + length > _bytes.Length)
            throw Corrupt($"the file ends, where the index has {name} until byte {(long)offset + length}", _bytes.Length);
        if (!_entries.TryGetValue(offset, out (string Name, long Length) entry) || entry != (name, length))
            throw Corrupt($"{(entry.Name is null ? "no file begins" : "another file lies")} here, where the index has {name} of {length} bytes", offset);
        return _bytes.AsSpan(offset, length).ToArray();
    }

    private GpuPoolException Corrupt(string what, long offset) => DataFile.Corrupt(_path, what, offset, "Fetch archive and index again, or write both anew by 'gpupool data shard'.");
}
