using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Tasks;

namespace GpuPool.Tests.Experiments.Data;

public sealed class BatchLoaderTests
{
    private static readonly IDataset Pictures = Subset.Balanced(SyntheticDataset.Train(), 45);
    private static readonly TrainingTransform Augment = new(24, Normalisation.Half);
    private static readonly EvaluationTransform RedAsItIs = new(1, new Normalisation(0, 0, 0, 1 / 255f, 1, 1));

    [Test]
    public void Batches_do_not_depend_on_threads_or_on_where_the_epoch_is_entered()
    {
        LabelledBatch[] one = [.. Copies(Loader(Pictures, Augment, new BatchOptions(Seed: 3)).Epoch(2))];
        LabelledBatch[] four = [.. Copies(Loader(Pictures, Augment, new BatchOptions(Seed: 3, Threads: 4, Ahead: 7)).Epoch(2))];
        LabelledBatch[] late = [.. Copies(Loader(Pictures, Augment, new BatchOptions(Seed: 3, Threads: 2)).Epoch(2, firstBatch: 3))];
        AssertSame(four, one);
        AssertSame(late, one[3..]);
    }

    [Test]
    public void Epochs_and_seeds_differ_in_order_and_crops()
    {
        LabelledBatch first = Loader(Pictures, Augment, new BatchOptions(Seed: 3)).Epoch(1).First();
        foreach ((ulong seed, int epoch) in new[] { (3ul, 2), (4ul, 1), (3ul + (1ul << 32), 1) })
        {
            LabelledBatch other = Loader(Pictures, Augment, new BatchOptions(Seed: seed)).Epoch(epoch).First();
            Assert.That(other.Labels, Is.Not.EqualTo(first.Labels));
            Assert.That(other.Images, Is.Not.EqualTo(first.Images));
        }
    }

    [Test]
    public void Training_shows_each_picture_once_and_drops_a_last_batch_that_is_not_full()
    {
        var loader = Loader(new Numbered(45), RedAsItIs, new BatchOptions(8));
        LabelledBatch[] batches = [.. Copies(loader.Epoch(0))];
        Assert.That((loader.Batches, batches.Length), Is.EqualTo((5, 5)));
        Assert.That(batches.Select(batch => batch.Count), Is.All.EqualTo(8));
        int[] shown = [.. batches.SelectMany(Numbers)];
        Assert.That(shown, Is.Unique.And.Not.Ordered);
        Assert.That(batches.SelectMany(batch => batch.Labels), Is.EqualTo(shown.Select(number => number % 3)));
    }

    [Test]
    public void An_epoch_of_several_passes_is_as_so_many_epochs()
    {
        var loader = Loader(Pictures, Augment, new BatchOptions(Seed: 3));
        LabelledBatch[] epochs = [.. Enumerable.Range(4, 3).SelectMany(epoch => Copies(loader.Epoch(epoch)))];
        var passes = Loader(Pictures, Augment, new BatchOptions(Seed: 3, Passes: 3));
        Assert.That(passes.Batches, Is.EqualTo(epochs.Length));
        AssertSame([.. Copies(passes.Epoch(2))], epochs);
        AssertSame([.. Copies(passes.Epoch(2, firstBatch: 7))], epochs[7..]);
    }

    [Test]
    public void Evaluation_shows_every_picture_in_order()
    {
        var loader = Loader(new Numbered(45), RedAsItIs, new BatchOptions(8, Training: false, Threads: 3));
        LabelledBatch[] batches = [.. Copies(loader.Epoch(0))];
        Assert.That((loader.Batches, batches[^1].Count, batches[^1].Shape.ToString()), Is.EqualTo((6, 5, "(5, 1, 1, 3)")));
        Assert.That(batches.SelectMany(Numbers), Is.EqualTo(Enumerable.Range(0, 45)));
    }

    [Test]
    public void The_error_of_a_background_thread_comes_out_with_its_file()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "train/a/1.png", "val/a/1.png", "train/a/2.png", "train/a/4.png" })
            folder.Write(name, Data.Pictures.Encode(Data.Pictures.Noise(8, 8, seed: 1)));
        string broken = folder.Write("train/a/3.png", [1, 2, 3]);
        var loader = Loader(ImageFolder.Open(folder.Path).Train, Augment, new BatchOptions(1, Training: false));
        int read = 0;
        GpuPoolException error = Assert.Throws<GpuPoolException>(() =>
        {
            foreach (LabelledBatch batch in loader.Epoch(0))
                read += batch.Count;
        })!;
        Assert.That((read, error.Code), Is.EqualTo((2, ExitCode.DataCorrupt)));
        Assert.That(error.Message, Does.StartWith(broken));
    }

    [Test]
    public void Leaving_early_ends_the_background_with_no_more_prepared_than_the_queue_holds()
    {
        var pictures = new Numbered(4000);
        foreach (LabelledBatch _ in Loader(pictures, Augment, new BatchOptions(8, Threads: 2, Ahead: 3)).Epoch(0))
            break;
        Assert.That(pictures.InHand, Is.Zero);
        Assert.That(pictures.Asked, Is.InRange(8, 3 * 8));
    }

    [Test]
    public void Less_than_a_batch_is_refused() =>
        Assert.That(() => Loader(new Numbered(7), Augment, new BatchOptions(8)),
            Refused.With(ExitCode.Configuration).Message.EqualTo("numbered has 7 pictures, fewer than a batch of 8. Take a smaller batch or more pictures."));

    private static BatchLoader<LabelledBatch> Loader(IDataset pictures, ImageTransform transform, BatchOptions options) =>
        new(new LabelledPictures(pictures, transform), options);

    // A batch lends its memory until the next one is asked for.
    private static IEnumerable<LabelledBatch> Copies(IEnumerable<LabelledBatch> batches) => batches.Select(batch => batch with { Images = [.. batch.Images] });

    private static IEnumerable<int> Numbers(LabelledBatch batch) => batch.Images.Chunk(3).Select(pixel => (int)Math.Round(pixel[0]));

    private static void AssertSame(LabelledBatch[] actual, LabelledBatch[] expected)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        foreach ((LabelledBatch a, LabelledBatch b) in actual.Zip(expected))
        {
            Assert.That(a.Labels, Is.EqualTo(b.Labels));
            Assert.That(a.Images.AsSpan().SequenceEqual(b.Images));
        }
    }

    // Picture i is one pixel with red i and class i mod 3.
    private sealed class Numbered(int count) : IDataset
    {
        private int _asked, _answered;

        public int Asked => _asked;

        public int InHand => _asked - _answered;

        public string Name => "numbered";

        public IReadOnlyList<string> ClassNames => ["a", "b", "c"];

        public int Count => count;

        public int Label(int index) => index % 3;

        public RgbImage Image(int index)
        {
            Interlocked.Increment(ref _asked);
            Thread.Yield();
            var image = new RgbImage([(byte)index, 0, 0], 1, 1);
            Interlocked.Increment(ref _answered);
            return image;
        }
    }
}
