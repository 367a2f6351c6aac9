using System.Runtime.CompilerServices;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Tests.Experiments;

public sealed class ReadmeTests
{
    [Test]
    public void The_example_of_the_library_trains_a_network()
    {
        const int size = 32;
        (float[] Images, float[] Labels)[] batches = [(new float[2 * size * size * 3], [1, 2])];
        // Begin of the example.
        using Device device = DeviceChoice.Auto.Open();
        using Network network = Network.Create(device, Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121"));
        using var optimiser = new Sgd(network.Parameters, learningRate: 0.01, momentum: 0.9);
        network.Training = true;
        foreach ((float[] images, float[] labels) in batches)
        {
            using ArrayScope step = device.OpenScope();
            Tensor x = Tensor.Leaf(device.Upload(new Shape(labels.Length, size, size, 3), images));
            Tensor loss = network.Call(x).SoftmaxCrossEntropy(Tensor.Leaf(device.Upload(new Shape(labels.Length), labels)));
            loss.Backward();
            optimiser.Step();
        }
        // End of the example.
        Assert.That(device.LiveBytes, Is.GreaterThan(0));
    }

    [Test]
    public void The_readme_shows_the_example_that_is_tested()
    {
        string[] source = File.ReadAllLines(ThisFile());
        int begin = Array.FindIndex(source, line => line.EndsWith("// Begin of the example.", StringComparison.Ordinal));
        int end = Array.FindIndex(source, line => line.EndsWith("// End of the example.", StringComparison.Ordinal));
        string[] readme = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "README.md"));
        IEnumerable<string> shown = readme.SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```");
        Assert.That(shown, Is.EqualTo(source[(begin + 1)..end].Select(line => line[8..])));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
