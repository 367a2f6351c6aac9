using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool data bench</c>: how many pictures a second a data set gives to training.</summary>
internal static class BenchDataCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = "Images for networks that classify, as for --data of 'train'." };
        Option<int> threads = Options.Number("--threads", 2, 1, "Threads that read, decode and crop; in training it is one.");
        Option<int> batch = Options.Number("--batch", 32, 1, "Images a batch.");
        Option<int> size = Options.Number("--size", 128, 1, "Side of an input in pixels.");
        Option<int?> limit = Options.Count("--limit", "At most so many pictures, the same number of each class.");
        Option<bool> raw = new("--raw") { Description = "Only read the files: where this is no faster, the disk is what training waits for." };
        Option<ulong> seed = Options.Number("--seed", 0ul, 0ul, "Order, crops and flips.");
        Option<bool> json = Options.Json();
        var command = new Command("bench", "Times one pass of training over the pictures of a data set, without a network: reading, decoding, crops.") { source, threads, batch, size, limit, seed, raw, json };
        command.SetAction(parsed =>
        {
            var data = DatasetSource.Parse(parsed.GetRequiredValue(source));
            var watch = Stopwatch.StartNew();
            IDataset train = data.Open(parsed.GetValue(limit)).Train;
            double opening = watch.Elapsed.TotalSeconds;
            var options = new BatchOptions(parsed.GetValue(batch), Seed: parsed.GetValue(seed), Threads: parsed.GetValue(threads));
            watch.Restart();
            int images = parsed.GetValue(raw)
                ? Pass(session, new FileContents(train as IImageFiles ?? throw new GpuPoolException(ExitCode.Configuration, $"{train.Name} has no image files", "Leave --raw out.")), options)
                : Pass(session, new LabelledPictures(train, data.Preprocessing.Training(parsed.GetValue(size), train)), options);
            double seconds = watch.Elapsed.TotalSeconds;
            session.Output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { Images = images, OpeningSeconds = opening, Seconds = seconds, ImagesPerSecond = images / seconds }, Json.Line)
                : string.Create(CultureInfo.InvariantCulture, $"{train.Name}: {images} images in {seconds:F2} s, {images / seconds:F0} a second; listed in {opening:F2} s"));
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static int Pass<TBatch>(Session session, IBatchSource<TBatch> pictures, BatchOptions options)
    {
        var loader = new BatchLoader<TBatch>(pictures, options);
        int batches = 0;
        foreach (TBatch _ in loader.Epoch(1))
        {
            session.Interrupt.ThrowIfCancellationRequested();
            batches++;
        }
        return batches * options.BatchSize;
    }

    /// <summary>The files of pictures, as they are.</summary>
    private sealed class FileContents(IImageFiles files) : IBatchSource<byte[][]>
    {
        public string Name => files.Name;

        public int Count => files.Count;

        public int Shards => files.Shards;

        public int Shard(int picture) => files.Shard(picture);

        public byte[][] Collate(ReadOnlySpan<int> pictures, Func<int, RandomSequence> random, CancellationToken stop)
        {
            byte[][] contents = new byte[pictures.Length][];
            for (int i = 0; i < pictures.Length; i++)
                contents[i] = files.File(pictures[i]);
            return contents;
        }
    }
}
