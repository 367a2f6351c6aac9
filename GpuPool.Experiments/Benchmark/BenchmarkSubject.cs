using GpuPool.Autograd;
using GpuPool.Experiments.Tasks;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Benchmark;

/// <summary>What a benchmark runs on one fixed random batch.</summary>
/// <param name="Module">A network without memory.</param>
/// <param name="Picture">Shape of one picture, (1, H, W, 3).</param>
/// <param name="Batch">Pictures a step.</param>
/// <param name="Loss">The loss of the batch, a scalar.</param>
/// <param name="Evaluate">The forward pass of evaluation; a number that it comes to.</param>
internal sealed record BenchmarkSubject(Module Module, Shape Picture, int Batch, Func<Device, Tensor> Loss, Func<Device, double> Evaluate)
{
    private const int Classes = 10, StreetClasses = 8, ObjectsPerPicture = 6;

    /// <summary>A classifier of square images; its evaluation comes to its loss.</summary>
    public static BenchmarkSubject Classifier(Architecture architecture, double width, int size, int batch)
    {
        var network = new Network(architecture, new NetworkOptions(Classes, width));
        // Drawn when a step asks for them: a batch that cannot be in memory is refused before.
        var labelled = new Lazy<LabelledBatch>(() =>
        {
            var random = new Random(0);
            float[] images = Images(random, batch * size * size);
            return new LabelledBatch(images, [.. Enumerable.Range(0, batch).Select(_ => random.Next(Classes))], size);
        });
        return new BenchmarkSubject(network, new Shape(1, size, size, Network.ImageChannels), batch, Loss, device => Loss(device).Item());

        Tensor Loss(Device device) => Classification.Forward(network, labelled.Value.Upload(device), labelled.Value.Labels).Loss;
    }

    /// <summary>A detector with six objects in each picture; its evaluation comes to the number of detections.</summary>
    public static BenchmarkSubject Detector(DetectorArchitecture architecture, double width, int height, int columns, int batch)
    {
        Detector detector = architecture.Create(new NetworkOptions(StreetClasses, width));
        var random = new Random(0);
        var images = new Lazy<float[]>(() => Images(random, batch * height * columns));
        PictureFrame[] frames = [.. Enumerable.Repeat(new PictureFrame(columns, height), batch)];
        LabelledBox[][] objects = [.. frames.Select(_ => Enumerable.Range(0, ObjectsPerPicture).Select(_ => Object()).ToArray())];
        return new BenchmarkSubject(
            detector, new Shape(1, height, columns, Network.ImageChannels), batch, device => detector.Loss(Input(device), frames, objects).Total,
            device => detector.Detect(Input(device), frames).Sum(found => found.Count));

        Tensor Input(Device device) => Tensor.Leaf(device.Upload(new Shape(batch, height, columns, Network.ImageChannels), images.Value));
        float Draw(double most) => (float)(random.NextDouble() * most);

        // Of 8 pixels to two fifths of the picture.
        LabelledBox Object() => new(
            Box.Around(Draw(columns), Draw(height), Draw(0.4 * columns) + 8, Draw(0.4 * height) + 8).ClippedTo(columns, height), random.Next(StreetClasses));
    }

    // Normal deviates by the sum of twelve uniform ones; the shape of the distribution does not matter for the time.
    private static float[] Images(Random random, int pixels) =>
        [.. Enumerable.Range(0, pixels * Network.ImageChannels).Select(_ => (float)(Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6))];
}
