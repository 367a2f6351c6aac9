using System.Formats.Tar;
using System.Globalization;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Sharding;
using GpuPool.Experiments.Tasks;

namespace GpuPool.Tests.Experiments.Data.Sharding;

[NonParallelizable]
public sealed class ShardedDatasetTests
{
    private const int Pictures = 60, ShardBytes = 8 * 1024;

    private static readonly EvaluationTransform AsItIs = new(1, new Normalisation(0, 0, 0, 1 / 255f, 1, 1));

    private TemporaryFolder _folder = null!;

    private string Data => Path.Combine(_folder.Path, "data");

    // Picture i is one pixel with red i, of a or b in turn; five of them make an archive.
    [SetUp]
    public void Write()
    {
        _folder = new TemporaryFolder();
        for (int i = 0; i < Pictures; i++)
            _folder.Write($"tree/train/{"ab"[i % 2]}/{i:D2}.png", Encoded(i));
        _folder.Write("tree/val/b/99.png", Encoded(99));
        _folder.Write("tree/val/a/ä, b.png", Encoded(98));
        Write(Data, seed: 1);
    }

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void Archives_hold_the_pictures_of_a_folder_with_their_names_and_classes()
    {
        DatasetSplits read = DatasetSource.Parse($"shards:{Data}").Open(), tree = ImageFolder.Open(Path.Combine(_folder.Path, "tree"));
        Assert.That((read.Train.Name, read.Test.Name, read.Train.ClassNames), Is.EqualTo(("shards train", "shards val", new[] { "a", "b" })));
        Assert.That(read.Train.Shards, Is.EqualTo(Directory.GetFiles(Data, "train-*.tar").Length).And.GreaterThan(8));
        Assert.That(Listed(read.Train).Order(), Is.EqualTo(Listed(tree.Train).Order()));
        Assert.That(Listed(read.Train), Is.Not.EqualTo(Listed(tree.Train)), "an archive has pictures of all classes");
        Assert.That(Listed(read.Test), Is.EqualTo(Listed(tree.Test)));

        static string[] Listed(IDataset dataset) => [.. Enumerable.Range(0, dataset.Count).Select(i => $"{dataset.FileName(i)} {dataset.Label(i)} {dataset.Image(i).Pixels[0]}")];
    }

    [Test]
    public void The_same_files_and_seed_give_the_same_bytes_which_any_reader_of_tar_takes()
    {
        Write(Path.Combine(_folder.Path, "again"), seed: 1);
        Write(Path.Combine(_folder.Path, "other"), seed: 2);
        foreach (string file in Directory.GetFiles(Data))
            Assert.That(File.ReadAllBytes(file.Replace("/data/", "/again/", StringComparison.Ordinal)), Is.EqualTo(File.ReadAllBytes(file)), file);
        Assert.That(File.ReadAllText(Path.Combine(_folder.Path, "other", "train.tsv")), Is.Not.EqualTo(File.ReadAllText(Path.Combine(Data, "train.tsv"))));
        string extracted = Directory.CreateDirectory(Path.Combine(_folder.Path, "extracted")).FullName;
        TarFile.ExtractToDirectory(Path.Combine(Data, "val-00000.tar"), extracted, overwriteFiles: false);
        Assert.That(File.ReadAllBytes(Path.Combine(extracted, "a", "ä, b.png")), Is.EqualTo(Encoded(98)));
    }

    [Test]
    public void An_epoch_takes_each_picture_once_in_an_order_of_its_own_and_reads_each_archive_once([Values(1, 3)] int threads)
    {
        var train = (ShardedDataset)ShardedDataset.Open(Data, Reading.Strict with { CacheBytes = 0 }).Train;
        BatchLoader<LabelledBatch> loader = Loader(train, new BatchOptions(3, Seed: 5, Threads: threads));
        int[] first = Numbers(loader.Epoch(1)), second = Numbers(loader.Epoch(2));
        Assert.That(first.Order(), Is.EqualTo(Enumerable.Range(0, Pictures)));
        Assert.That(second.Order(), Is.EqualTo(first.Order()));
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(Numbers(loader.Epoch(2, firstBatch: 7)), Is.EqualTo(second[21..]), "resumed within an epoch");
        Assert.That(train.Reads, Is.EqualTo(train.Shards), "small archives are kept");
    }

    [Test]
    public void Ranks_take_parts_of_the_order_of_one_process()
    {
        IDataset train = DatasetSource.Parse($"shards:{Data}").Open().Train;
        int[] whole = Numbers(Loader(train, new BatchOptions(3, Seed: 5)).Epoch(1));
        int[][] parts = [.. Enumerable.Range(0, 2).Select(rank => Numbers(Loader(train, new BatchOptions(3, Seed: 5) { Rank = rank, Ranks = 2 }).Epoch(1)))];
        Assert.That(parts.SelectMany(part => part), Is.EqualTo(whole));
        Assert.That(parts.Select(part => part.Length), Is.All.EqualTo(Pictures / 2));
    }

    [Test]
    public void A_limit_takes_as_many_of_each_class() =>
        Assert.That(Numbers(Loader(DatasetSource.Parse($"shards:{Data}").Open(trainLimit: 10).Train, new BatchOptions(1)).Epoch(1)).Count(number => number % 2 == 0), Is.EqualTo(5));

    [TestCase("train.tsv", "shard\t", "Shard\t", ExitCode.DataCorrupt, "byte 0: the first line does not name shard, offset, bytes and name with tabs between them")]
    [TestCase("train.tsv", "\n0\t512\t", "\n0\t-512\t", ExitCode.DataCorrupt, "byte 24: no line with a shard, an offset and a number of bytes within 1073741824")]
    [TestCase("train.tsv", "\n0\t512\t", "\n0\t1073741824\t", ExitCode.DataCorrupt, "byte 24: no line with a shard, an offset and a number of bytes within 1073741824")]
    [TestCase("train.tsv", "\n0\t512\t", "\n3\t512\t", ExitCode.DataCorrupt, "byte 24: shard 3 stands where 0 or the one before it was expected")]
    [TestCase("train.tsv", "\n0\t512\t", "\n0\t51200\t", ExitCode.DataCorrupt, "the file ends, where the index has ")]
    [TestCase("train.tsv", "\n0\t512\t", "\n0\t513\t", ExitCode.DataCorrupt, "train-00000.tar, byte 513: no file begins here, where the index has ")]
    [TestCase("train.tsv", "/00.png", "/01.png", ExitCode.DataCorrupt, "another file lies here, where the index has a/01.png of ")]
    [TestCase("train.tsv", "a/00.png", "../0.png", ExitCode.DataCorrupt, "no name of the form CLASS/FILE")]
    [TestCase("train.tsv", "a/00.png", "aa00.png", ExitCode.DataCorrupt, "no name of the form CLASS/FILE")]
    [TestCase("val.tsv", "b/99.png", "c/99.png", ExitCode.DataCorrupt, "class 'c' is one that the training split does not have")]
    [TestCase("val.tsv", "b/99.png\n", "b/99.png", ExitCode.DataCorrupt, "the file ends within a line")]
    public void What_an_index_says_wrongly_is_one_line(string file, string from, string to, ExitCode code, string part)
    {
        string path = Path.Combine(Data, file), text = File.ReadAllText(path);
        Assert.That(text, Does.Contain(from));
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
        AssertRefused(code, part);
    }

    [Test]
    public void A_truncated_missing_or_exchanged_archive_is_one_line()
    {
        string archive = Path.Combine(Data, "train-00003.tar"), other = Path.Combine(Data, "train-00004.tar");
        byte[] sound = File.ReadAllBytes(archive);
        File.WriteAllBytes(archive, sound[..2000]);
        AssertRefused(ExitCode.DataCorrupt, "train-00003.tar, byte 2000: the file ends, where the index has ");
        File.Copy(other, archive, overwrite: true);
        AssertRefused(ExitCode.DataCorrupt, ": another file lies here, where the index has ");
        File.Delete(archive);
        AssertRefused(ExitCode.DataMissing, "train-00003.tar does not exist");
        File.WriteAllBytes(archive, sound);
        CommandLine verified = CommandLine.Run("data", "verify", $"shards:{Data}");
        Assert.That((verified.Code, verified.Output), Is.EqualTo((ExitCode.Done, "62 pictures, 0 faults\n")), verified.Error);
    }

    [Test]
    public void Pictures_of_a_turn_come_from_few_archives_and_one_archive_is_shuffled_as_a_whole()
    {
        const int Shards = 40, Each = 25;
        int[] order = ShuffledOrder.Of(Shards * Each, Shards, picture => picture / Each, new RandomSequence(1, 2, 3, 4));
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, Shards * Each)));
        (int First, int Last)[] spans = [.. order.Index().GroupBy(entry => entry.Item / Each).Select(shard => (shard.First().Index, shard.Last().Index))];
        int most = Enumerable.Range(0, order.Length).Max(place => spans.Count(span => span.First <= place && place <= span.Last));
        Assert.That(most, Is.InRange(4, ShuffledOrder.ShardsAtOnce + 1));
        int[] whole = [.. Enumerable.Range(0, 50)];
        new RandomSequence(1, 2, 3, 4).Shuffle(whole);
        Assert.That(ShuffledOrder.Of(50, 1, _ => 0, new RandomSequence(1, 2, 3, 4)), Is.EqualTo(whole));
    }

    [Test, Category("Nightly")]
    public void ImageNets_numbers_are_listed_and_ordered_within_200_MB()
    {
        const int Count = 1_280_000, PerShard = 145;
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "large")).FullName;
        foreach ((string split, int count) in new[] { ("train", Count), ("val", 1000) })
        {
            using var index = new StreamWriter(ShardedDataset.IndexOf(folder, split)) { NewLine = "\n" };
            index.WriteLine(ShardIndex.Header);
            for (int i = 0; i < count; i++)
                index.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i / PerShard}\t{512 + i % PerShard * 113_000}\t110000\tn{i % 1000:D8}/n{i % 1000:D8}_{i}.JPEG"));
        }
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;
        void Look() => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false) - before);
        DatasetSplits splits = DatasetSource.Parse($"shards:{folder}").Open();
        Look();
        IDataset train = splits.Train;
        int[] order = ShuffledOrder.Of(train.Count, train.Shards, train.Shard, new RandomSequence(1, 2, 3, 4));
        Look();
        TestContext.Out.WriteLine($"{most / 1e6:F0} MB");
        Assert.That((train.Count, train.Classes, train.FileName(order[0])), Is.EqualTo((Count, 1000, train.FileName(order[0]))));
        Assert.That(most, Is.Below(200_000_000));
    }

    [Test]
    public void The_command_writes_archives_that_train_as_often_as_they_are_resumed_to_the_same_bits()
    {
        string data = Path.Combine(_folder.Path, "synth"), shards = Path.Combine(_folder.Path, "shards");
        Assert.That(CommandLine.Run("data", "synth", data, "--kind", "folder", "--count", "50").Code, Is.EqualTo(ExitCode.Done));
        CommandLine written = CommandLine.Run("data", "shard", $"folder:{data}", shards, "--shard-size", "64KB");
        Assert.That((written.Code, written.Output), Is.EqualTo((ExitCode.Done, $"shards:{shards}: 60 pictures in {Directory.GetFiles(shards, "*.tar").Length} archives\n")), written.Error);
        string[] line = ["train", "mobilenet_v2-skip-1222121", "--width", "0.1", "--size", "32", "--batch", "5", "--data", $"shards:{shards}", "--device", "cpu", "--resume"];
        Assert.That(CommandLine.Run([.. line, "--epochs", "2", "--run", Path.Combine(_folder.Path, "whole")]).Code, Is.EqualTo(ExitCode.Done));
        using (var interrupt = new CancellationTokenSource())
        {
            interrupt.Cancel();
            Assert.That(CommandLine.Run(interrupt.Token, [.. line, "--epochs", "2", "--run", Path.Combine(_folder.Path, "parted")]).Code, Is.EqualTo(ExitCode.Interrupted));
        }
        Assert.That(CommandLine.Run([.. line, "--epochs", "2", "--run", Path.Combine(_folder.Path, "parted")]).Code, Is.EqualTo(ExitCode.Done));
        RunCheck.Same(Path.Combine(_folder.Path, "parted"), Path.Combine(_folder.Path, "whole"));
        CommandLine bench = CommandLine.Run("data", "bench", $"shards:{shards}", "--size", "32", "--batch", "5");
        Assert.That(bench.Code, Is.EqualTo(ExitCode.Done), bench.Error);
        Assert.That(bench.Output, Does.StartWith("shards train: 50 images in "));
        Assert.That(CommandLine.Run("data", "bench", $"folder:{data}", "--batch", "5", "--raw").Output, Does.StartWith("folder train: 50 images in "));
        Assert.That(CommandLine.Run("data", "bench", "synthetic", "--raw").Line, Is.EqualTo("gpupool: synthetic train has no image files. Leave --raw out."));
    }

    [TestCase("synthetic d", ExitCode.Configuration, "synthetic train has no image files. Give folder:DIR, vww:DIR or shards:DIR.")]
    [TestCase("folder:/nowhere d", ExitCode.DataMissing, "/nowhere/train does not exist")]
    [TestCase("synthetic d --shard-size 2000MB", ExitCode.Configuration, "--shard-size is more than the 1073741824 bytes that are read")]
    public void A_mistake_is_one_line_with_cause_and_remedy(string line, ExitCode code, string part)
    {
        CommandLine run = CommandLine.Run(["data", "shard", .. line.Replace(" d", $" {_folder.Path}/new", StringComparison.Ordinal).Split(' ')]);
        Assert.That((run.Code, run.Output), Is.EqualTo((code, "")), run.Error);
        Assert.That(run.Line, Does.StartWith("gpupool: ").And.Contain(part));
    }

    private static byte[] Encoded(int number) => Experiments.Data.Pictures.Encode(new RgbImage([(byte)number, 0, 0], 1, 1));

    private void Write(string folder, ulong seed)
    {
        Directory.CreateDirectory(folder);
        new ShardWriter(folder, ShardBytes, seed, default).Write(ImageFolder.Open(Path.Combine(_folder.Path, "tree")));
    }

    private void AssertRefused(ExitCode code, string part)
    {
        CommandLine run = CommandLine.Run("data", "bench", $"shards:{Data}", "--size", "8", "--batch", "4");
        Assert.That((run.Code, run.Output), Is.EqualTo((code, "")), run.Error);
        Assert.That(run.Error, Does.StartWith($"gpupool: {Data}").And.Contain(part));
        Assert.That(run.Error.TrimEnd('\n'), Does.Not.Contain('\n'));
    }

    private static BatchLoader<LabelledBatch> Loader(IDataset pictures, BatchOptions options) => new(new LabelledPictures(pictures, AsItIs), options);

    private static int[] Numbers(IEnumerable<LabelledBatch> batches) => [.. batches.SelectMany(batch => batch.Images.Chunk(3).Select(pixel => (int)Math.Round(pixel[0])))];
}
