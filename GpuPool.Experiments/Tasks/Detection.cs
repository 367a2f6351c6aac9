using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Detection;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Tasks;

/// <summary>Which objects a picture shows, and where: pictures of any size, the losses of a detector, and as score COCO's mean average precision.</summary>
/// <param name="pictures">Training and test pictures.</param>
/// <param name="create">Makes the detector, for a number of classes and without memory.</param>
/// <param name="transform">How pictures become inputs in training.</param>
/// <param name="batches">How they are dealt out in training.</param>
internal sealed class Detection(DetectionSplits pictures, Func<int, Detector> create, DetectionTransform transform, BatchOptions batches) : ITask
{
    private readonly Lazy<BatchLoader<DetectionBatch>> _train = new(() => new(new DetectionPictures(WithObjects(pictures.Train), transform), batches));

    // Padding reaches into what is computed of a picture: where sizes differ, each is tested alone, so that the result does not depend on the batch.
    private readonly BatchLoader<DetectionBatch> _test = new(
        new DetectionPictures(WithObjects(pictures.Test), transform.Evaluation), new BatchOptions(transform.IsExact ? batches.BatchSize : 1, Training: false));

    /// <summary>What the latest test found in its first picture; null before one.</summary>
    public IReadOnlyList<DetectedBox>? Found { get; private set; }

    /// <inheritdoc/>
    public DataExtents Data => pictures.Extents;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => pictures.Train.ClassNames;

    /// <inheritdoc/>
    public Shape LargestPicture => transform.Largest;

    /// <inheritdoc/>
    public Cost Cost => Cost.Of(create(Data.Classes), LargestPicture);

    /// <inheritdoc/>
    public int Steps => _train.Value.Batches;

    /// <inheritdoc/>
    public IEnumerable<Batch> Train(int epoch, int firstBatch = 0) => _train.Value.Epoch(epoch, firstBatch);

    /// <inheritdoc/>
    public IEnumerable<Batch> Test() => _test.Epoch(0);

    /// <inheritdoc/>
    public Module Create(SafetensorsFile? weights = null) => create(Data.Classes);

    /// <inheritdoc/>
    public Outcome Forward(Module module, Batch batch, Tensor images)
    {
        var seen = (DetectionBatch)batch;
        return new DetectionOutcome(((Detector)module).Loss(images, seen.Frames, seen.Objects));
    }

    /// <inheritdoc/>
    public Means Measure(Batch batch, Outcome outcome)
    {
        DetectorLoss loss = ((DetectionOutcome)outcome).Parts;
        return new Means(batch.Count, new Measures([
            new("loss", loss.Total.Item() * batch.Count), .. loss.Parts.Select(part => new Measure(part.Name, part.Value.Item() * batch.Count)),
        ]));
    }

    /// <inheritdoc/>
    public ITest BeginTest(Device device, Module module) => new PrecisionTest(device, (Detector)module, this);

    /// <summary>What a detector finds in one picture.</summary>
    /// <param name="device">Where the detector is.</param>
    /// <param name="detector">The detector.</param>
    /// <param name="transform">How the picture becomes an input.</param>
    /// <param name="image">The picture.</param>
    /// <param name="name">Its name in messages.</param>
    public static IReadOnlyList<DetectedBox> Find(Device device, Detector detector, DetectionTransform transform, RgbImage image, string name)
    {
        DetectionBatch batch = new DetectionPictures(new LonePicture(image, name), transform).Collate([0], _ => default, CancellationToken.None);
        using IDisposable off = GradientMode.Off();
        using ArrayScope scope = device.OpenScope();
        return detector.Detect(batch.Upload(device), batch.Frames)[0];
    }

    // Without one nothing would be learnt from them, or the precision on them would be a mean of nothing.
    private static IDetectionDataset WithObjects(IDetectionDataset dataset) =>
        Enumerable.Range(0, dataset.Count).Any(picture => dataset.Picture(picture).Objects.Any(item => item.IsLearnt)) ? dataset : throw new GpuPoolException(
            ExitCode.Configuration, $"the pictures of {dataset.Name} show no object of {NameList.Of(dataset.ClassNames)}", "Take more pictures, other classes or other data.");

    // A picture of which nobody says what it shows.
    private sealed class LonePicture(RgbImage image, string name) : IDetectionDataset
    {
        public string Name => name;

        public IReadOnlyList<string> ClassNames => [];

        public int Count => 1;

        public AnnotatedPicture Picture(int index) => new(0, name, image.Width, image.Height, []);

        public RgbImage Image(int index) => image.Copy();
    }

    private sealed record DetectionOutcome(DetectorLoss Parts) : Outcome(Parts.Total);

    private sealed class PrecisionTest(Device device, Detector detector, Detection task) : ITest
    {
        private readonly FoundObjects _found = new(detector.Classes);

        public Measures Result => _found.Precision();

        public void Add(Batch batch)
        {
            var seen = (DetectionBatch)batch;
            IReadOnlyList<IReadOnlyList<DetectedBox>> found = detector.Detect(seen.Upload(device), seen.Frames);
            if (_found.Pictures == 0)
                task.Found = found[0];
            foreach ((AnnotatedPicture picture, IReadOnlyList<DetectedBox> boxes) in seen.Pictures.Zip(found))
                _found.Add(picture, boxes);
        }
    }
}
