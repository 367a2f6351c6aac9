using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pruning;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Tasks;

/// <summary>Which of some classes a picture shows: square inputs, cross-entropy, and as score the share of pictures classified right.</summary>
/// <param name="images">Training and test pictures.</param>
/// <param name="architecture">Label of the network, see <see cref="Architecture"/>.</param>
/// <param name="width">Its width multiplier.</param>
/// <param name="preprocessing">How they become inputs.</param>
/// <param name="size">Side of an input in pixels.</param>
/// <param name="augment">Whether crops and flips of training are random; else they are those of a test.</param>
/// <param name="batches">How pictures are dealt out in training; the result of a test does not depend on it. Its seed decides start values, too.</param>
/// <param name="smoothing">Share of each label that training spreads evenly over all classes; tests give the plain loss.</param>
internal sealed class Classification(
    DatasetSplits images, string architecture, double width, Preprocessing preprocessing, int size, bool augment, BatchOptions batches, double smoothing = 0) : ITask
{
    /// <summary>Name of the score.</summary>
    public const string Accuracy = "accuracy";

    private readonly Lazy<BatchLoader<LabelledBatch>> _train = new(
        () => new(new LabelledPictures(images.Train, augment ? preprocessing.Training(size, images.Train) : preprocessing.Evaluation(size)), batches));

    private readonly BatchLoader<LabelledBatch> _test = new(
        new LabelledPictures(images.Test, preprocessing.Evaluation(size)), new BatchOptions(batches.BatchSize, Training: false));

    private NetworkOptions Options => new(images.Train.Classes, width, batches.Seed);

    /// <inheritdoc/>
    public DataExtents Data => images.Extents;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => images.Train.ClassNames;

    /// <inheritdoc/>
    public Shape LargestPicture => new(1, size, size, Network.ImageChannels);

    /// <inheritdoc/>
    public Cost Cost => Cost.Of(Architecture.Parse(architecture), Options, size);

    /// <inheritdoc/>
    public int Steps => _train.Value.Batches;

    /// <inheritdoc/>
    public IEnumerable<Batch> Train(int epoch, int firstBatch = 0) => _train.Value.Epoch(epoch, firstBatch);

    /// <inheritdoc/>
    public IEnumerable<Batch> Test() => _test.Epoch(0);

    /// <inheritdoc/>
    public Module Create(SafetensorsFile? weights = null) =>
        new Network(Architecture.Parse(architecture), weights is null ? Options : Options with { Channels = CompactWeights.Channels(weights) });

    /// <inheritdoc/>
    public Outcome Forward(Module module, Batch batch, Tensor images) => Forward(module, images, ((LabelledBatch)batch).Labels, smoothing);

    /// <inheritdoc/>
    public Means Measure(Batch batch, Outcome outcome) =>
        Measure((LabelledBatch)batch, (LabelledOutcome)outcome);

    /// <inheritdoc/>
    public ITest BeginTest(Device device, Module module) => new MeanTest(device, module);

    /// <summary>Logits and mean cross-entropy of a batch.</summary>
    public static LabelledOutcome Forward(Module network, Tensor images, int[] labels, double smoothing = 0)
    {
        Tensor logits = network.Call(images);
        return new LabelledOutcome(logits, Loss(logits, labels, smoothing));
    }

    /// <summary>
    /// Mean cross-entropy of logits (N, K) with labels that are 1 - e for the class and e / K more for each: with hard labels, and e times the mean of what the logit of the class is
    /// above the mean logit.
    /// </summary>
    /// <remarks>Source: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception architecture for computer vision", 2016; PyTorch's <c>label_smoothing</c>.</remarks>
    public static Tensor Loss(Tensor logits, int[] labels, double smoothing)
    {
        Tensor loss = logits.SoftmaxCrossEntropy(Tensor.Leaf(logits.Device.Upload(new Shape(labels.Length), Array.ConvertAll(labels, label => (double)label), logits.DType)));
        if (smoothing == 0)
            return loss;
        int classes = logits.Shape.Channels;
        double[] above = [.. from label in labels from number in Enumerable.Range(0, classes) select smoothing / labels.Length * ((number == label ? 1 : 0) - 1.0 / classes)];
        Tensor spread = logits.Multiply(Tensor.Leaf(logits.Device.Upload(logits.Shape, above, logits.DType))).Sum(0, 1);
        return loss.Add(spread.Reshape(Shape.Scalar));
    }

    private static Means Measure(LabelledBatch batch, LabelledOutcome outcome) =>
        new(batch.Count, new Measures(new("loss", outcome.Loss.Item() * batch.Count), new(Accuracy, Right(outcome.Logits, batch))));

    private static int Right(Tensor logits, LabelledBatch batch)
    {
        float[] values = logits.Value.ToFloats();
        int classes = logits.Shape.Channels, right = 0;
        for (int image = 0; image < batch.Count; image++)
        {
            // Of equal logits the first class counts, as in PyTorch's argmax.
            ReadOnlySpan<float> row = values.AsSpan(image * classes, classes);
            right += row.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(row)) == batch.Labels[image] ? 1 : 0;
        }
        return right;
    }

    private sealed class MeanTest(Device device, Module network) : ITest
    {
        private Means _means = Means.None;

        public Measures Result => _means.Measures;

        public void Add(Batch batch)
        {
            var labelled = (LabelledBatch)batch;
            _means = _means.Add(Measure(labelled, Classification.Forward(network, labelled.Upload(device), labelled.Labels)));
        }
    }
}

/// <summary>What a network makes of a batch.</summary>
/// <param name="Logits">(pictures, classes).</param>
/// <param name="Loss">Mean cross-entropy.</param>
internal sealed record LabelledOutcome(Tensor Logits, Tensor Loss) : Outcome(Loss);

/// <summary>Pictures of one size and their classes.</summary>
/// <param name="Images">Normalised colours, row major.</param>
/// <param name="Labels">Class of each picture.</param>
/// <param name="Size">Rows and columns.</param>
internal sealed record LabelledBatch(float[] Images, int[] Labels, int Size) : Batch(Images, new Shape(Labels.Length, Size, Size, 3))
{
    /// <inheritdoc/>
    public override LabelledBatch First(int count) => new(FirstImages(count), Labels[..count], Size);
}

/// <summary>Puts pictures of one size and their classes together; the memory of their pixels is lent.</summary>
/// <param name="dataset">The pictures.</param>
/// <param name="transform">Makes inputs of them.</param>
internal sealed class LabelledPictures(IDataset dataset, ImageTransform transform) : IBatchSource<LabelledBatch>
{
    // As many as a loader prepares ahead.
    private const int MostKept = 4;

    private readonly LentArrays _arrays = new(MostKept);

    /// <inheritdoc/>
    public string Name => dataset.Name;

    /// <inheritdoc/>
    public int Count => dataset.Count;

    /// <inheritdoc/>
    public int Shards => dataset.Shards;

    /// <inheritdoc/>
    public int Shard(int picture) => dataset.Shard(picture);

    /// <inheritdoc/>
    public LabelledBatch Collate(ReadOnlySpan<int> pictures, Func<int, RandomSequence> random, CancellationToken stop)
    {
        int length = 3 * transform.Size * transform.Size;
        float[] images = _arrays.Take(pictures.Length * length);
        int[] labels = new int[pictures.Length];
        for (int i = 0; i < pictures.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            RandomSequence draws = random(pictures[i]);
            using RgbImage image = dataset.Image(pictures[i]);
            transform.Apply(image, ref draws, images.AsSpan(i * length, length));
            labels[i] = dataset.Label(pictures[i]);
        }
        return new LabelledBatch(images, labels, transform.Size);
    }

    /// <inheritdoc/>
    public void Recycle(LabelledBatch batch) => _arrays.Return(batch.Images);
}
