using System.CommandLine;
using System.Globalization;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Sharding;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool data shard</c>: the files of a data set as tar archives, each read in one go.</summary>
internal static class ShardDataCommand
{
    // Eight of them are mixed at a time.
    private const long DefaultBytes = 16L << 20;

    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = "folder:DIR, vww:DIR or shards:DIR." };
        var folder = new Argument<string>("DIR") { Description = "Where to; a new or empty folder, from then on shards:DIR." };
        Option<long> size = Options.Bytes("--shard-size", "Bytes of an archive: a number with KB (1,024 bytes) or MB (1,024 KB). Training holds ten in memory.", DefaultBytes);
        Option<ulong> seed = Options.Number("--seed", 0ul, 0ul, "Order in which training pictures are written.");
        var command = new Command("shard", "Writes the files of a data set into tar archives with an index: read in one go each, where a file for each picture is slow.") { source, folder, size, seed };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(size) > ShardIndex.MostShardBytes)
                throw new GpuPoolException(ExitCode.Configuration, $"--shard-size is more than the {ShardIndex.MostShardBytes} bytes that are read", "Give a smaller one.");
            DatasetSplits splits = DatasetSource.Parse(parsed.GetRequiredValue(source)).Open();
            string path = parsed.GetRequiredValue(folder);
            OutputFolder.CreateEmpty(path);
            var writer = new ShardWriter(path, parsed.GetValue(size), parsed.GetValue(seed), session.Interrupt);
            try
            {
                writer.Write(splits);
            }
            catch (OperationCanceledException exception)
            {
                throw new GpuPoolException(
                    ExitCode.Interrupted, string.Create(CultureInfo.InvariantCulture, $"interrupted after {writer.Pictures} pictures, {path} is not whole"),
                    "Remove it and give the same command again.", exception);
            }
            session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"shards:{path}: {writer.Pictures} pictures in {writer.Shards} archives"));
            return (int)ExitCode.Done;
        });
        return command;
    }
}
