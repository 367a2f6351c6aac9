using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.PyTorch;
using SkiaSharp;

namespace GpuPool.Samples;

/// <summary>A ResNet18 with torchvision's weights learns the classes of a folder: <c>fine-tuning WEIGHTS.pth FOLDER OUT.safetensors [SIZE EPOCHS]</c>, pictures as <c>FOLDER/CLASS/NAME.png</c>.</summary>
public static class FineTuning
{
    private const int Batch = 8;

    /// <summary>Trains it.</summary>
    /// <param name="args">Weights as <c>torch.save</c> writes them, the folder of the classes, the file for the new weights; side of the input (224) and epochs (5).</param>
    /// <returns>0 where the loss has fallen.</returns>
    public static int Main(string[] args)
    {
        if (args.Length is not (3 or 5))
        {
            Console.Error.WriteLine("Usage: fine-tuning WEIGHTS.pth FOLDER OUT.safetensors [SIZE EPOCHS], pictures as FOLDER/CLASS/NAME.png");
            return 2;
        }
        (string weights, string folder, string output) = (args[0], args[1], args[2]);
        (int size, int epochs) = args is [_, _, _, var side, var times] ? (int.Parse(side), int.Parse(times)) : (224, 5);
        string[] classes = [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)];
        (string File, int Class)[] pictures = [.. classes.SelectMany((path, index) => Directory.GetFiles(path).Order(StringComparer.Ordinal).Select(file => (file, index)))];

        using Device device = DeviceChoice.Auto.Open();
        using var network = Network.Create(device, Architecture.Parse("resnet18_original-skip-1222"), new NetworkOptions(classes.Length));
        // The classifier of ImageNet's 1,000 classes is left out, and ours keeps its start values.
        WeightsMatch match = Weights.Import(network, PyTorchFile.Read(weights), allowPartial: true);
        Console.WriteLine($"{match.Matched.Count} tensors taken over, {match.Unmatched.Count} of our own");

        using var optimiser = new Sgd(network.Parameters, learningRate: 0.001);
        network.Training = true;
        var random = new Random(0);
        List<double> losses = [];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            random.Shuffle(pictures);
            losses.Add(pictures.Chunk(Batch).Average(batch => Step(device, network, optimiser, batch, size)));
            Console.WriteLine(FormattableString.Invariant($"epoch {epoch + 1}: loss {losses[^1]:F4}"));
        }
        Weights.Save(network, output);
        return losses[^1] < losses[0] ? 0 : 1;
    }

    private static double Step(Device device, Network network, Sgd optimiser, (string File, int Class)[] batch, int size)
    {
        using ArrayScope scope = device.OpenScope();
        Tensor x = Tensor.Leaf(device.Upload(new Shape(batch.Length, size, size, 3), [.. batch.SelectMany(picture => Pixels(picture.File, size))]));
        Tensor labels = Tensor.Leaf(device.Upload(new Shape(batch.Length), [.. batch.Select(picture => (float)picture.Class)]));
        Tensor loss = network.Call(x).SoftmaxCrossEntropy(labels);
        loss.Backward();
        optimiser.Step();
        return loss.Item();
    }

    // Colours as torchvision's networks expect them.
    private static float[] Pixels(string file, int size)
    {
        float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        using SKBitmap picture = SKBitmap.Decode(file) ?? throw new InvalidDataException($"'{file}' is no picture");
        using SKBitmap square = picture.Resize(new SKImageInfo(size, size, SKColorType.Rgba8888), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        return [.. square.Pixels.SelectMany(pixel => new[] { pixel.Red, pixel.Green, pixel.Blue }.Select((value, channel) => (value / 255f - mean[channel]) / deviation[channel]))];
    }
}
