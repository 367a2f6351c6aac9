using System.Formats.Tar;
using System.Globalization;

namespace GpuPool.Experiments.Data.Sharding;

/// <summary>Puts the files of a data set into tar archives of about one size, and writes their index last: the same files, size and seed give the same bytes.</summary>
/// <remarks>Pictures to learn from are written in a random order, so that those of one archive are of all classes.</remarks>
/// <param name="folder">Where to: an empty folder.</param>
/// <param name="shardBytes">Bytes of an archive, at most, unless one picture has more.</param>
/// <param name="seed">Decides the order of the pictures to learn from.</param>
/// <param name="interrupt">Ends the work after the current picture.</param>
internal sealed class ShardWriter(string folder, long shardBytes, ulong seed, CancellationToken interrupt)
{
    private const uint WrittenStream = 0xDA7A0004;

    private const int BlockBytes = 512, EndBytes = 2 * BlockBytes;

    /// <summary>Pictures written so far.</summary>
    public int Pictures { get; private set; }

    /// <summary>Archives written so far.</summary>
    public int Shards { get; private set; }

    /// <summary>Writes both splits.</summary>
    /// <exception cref="GpuPoolException">The data set has no image files (3), one cannot be read (10), or its name cannot be kept (11).</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public void Write(DatasetSplits splits)
    {
        if (splits is not { Train: IImageFiles train, Test: IImageFiles test })
            throw new GpuPoolException(ExitCode.Configuration, $"{splits.Train.Name} has no image files", "Give folder:DIR, vww:DIR or shards:DIR.");
        int[] order = [.. Enumerable.Range(0, train.Count)];
        new RandomSequence(seed, WrittenStream, 0, 0).Shuffle(order);
        Write(train, order, ShardedDataset.Train);
        Write(test, [.. Enumerable.Range(0, test.Count)], ShardedDataset.Test);
    }

    private void Write(IImageFiles pictures, int[] order, string split)
    {
        string index = ShardedDataset.IndexOf(folder, split), unfinished = index + ".tmp";
        using (var lines = new StreamWriter(unfinished) { NewLine = "\n" })
        {
            lines.WriteLine(ShardIndex.Header);
            int next = 0;
            for (int shard = 0; next < order.Length; shard++, Shards++)
            {
                using FileStream archive = File.Create(ShardedDataset.ArchiveOf(folder, split, shard));
                using var tar = new TarWriter(archive, TarEntryFormat.Gnu);
                do
                {
                    interrupt.ThrowIfCancellationRequested();
                    (string name, byte[] file) = (NameOf(pictures, order[next]), pictures.File(order[next]));
                    if (archive.Position > 0 && archive.Position + BlockBytes + file.Length + EndBytes > shardBytes)
                        break;
                    tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name) { ModificationTime = DateTimeOffset.UnixEpoch, DataStream = new MemoryStream(file) });
                    long offset = archive.Position - (file.Length + BlockBytes - 1) / BlockBytes * BlockBytes;
                    lines.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{shard}\t{offset}\t{file.Length}\t{name}"));
                    Pictures++;
                }
                while (++next < order.Length);
            }
        }
        File.Move(unfinished, index);
    }

    private static string NameOf(IImageFiles pictures, int index)
    {
        string name = $"{pictures.ClassNames[pictures.Label(index)]}/{pictures.FileName(index).Split('/', 2)[1]}";
        return DataFile.StaysInside(name) ? name : throw DataFile.Corrupt(pictures.FileName(index), "has a name that an index cannot keep", remedy: "Rename it without colons, backslashes and control characters.");
    }
}
