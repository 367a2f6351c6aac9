using GpuPool.Autograd;
using GpuPool.Experiments;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Experiments;

/// <summary><c>parity</c> with recordings that have some gradients of a network and not others.</summary>
public sealed class ParityGradientTests
{
    private const string Label = "mobilenet_v2-skip-1222121", Bias = "grad.net.conv1.1.bias";
    private const int Classes = 10, Batch = 4, Size = 32;
    private const double Width = 0.1;

    private static readonly List<SafetensorsTensor> Tensors = Record();

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void Gradients_of_small_tensors_are_enough_and_the_others_are_named()
    {
        CommandLine run = Parity(Tensors.Where(tensor => !IsGradient(tensor.Name) || tensor.Name.EndsWith("bias", StringComparison.Ordinal)));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain("\"passed\":true").And.Contain("\"not_compared\":[\"grad.net.conv1.0.weight\",\"grad.net.conv1.1.weight\","));
    }

    [Test]
    public void A_whole_recording_leaves_nothing_out() => Assert.That(Parity(Tensors).Output, Does.Contain("\"passed\":true").And.Not.Contain("not_compared"));

    [Test]
    public void A_gradient_under_a_wrong_name_is_named_first()
    {
        CommandLine run = Parity(Tensors.Select(tensor => tensor.Name == Bias ? tensor.Rename("grad.net.conv1.1.bais") : tensor));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain($"\"not_compared\":[\"grad.net.conv1.1.bais\",\"{Bias}\"]"));
    }

    [Test]
    public void A_gradient_that_differs_fails_whatever_is_missing()
    {
        SafetensorsTensor bias = Tensors.Single(tensor => tensor.Name == Bias);
        float[] wrong = [.. Enumerable.Range(1, bias.Shape.Count).Select(value => (float)value)];
        CommandLine run = Parity([.. Tensors.Where(tensor => !IsGradient(tensor.Name)), new SafetensorsTensor(Bias, bias.Shape, wrong)]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.CheckFailed), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain($"\"passed\":false,\"tensor\":\"{Bias}\""));
    }

    [TestCase("gradient.", "compared with gradient.net.")]
    [TestCase("grad.module.", "compared with grad.module.net.")]
    public void Without_a_gradient_under_the_name_of_a_weight_nothing_passes(string prefix, string named)
    {
        CommandLine run = Parity(Tensors.Select(tensor => IsGradient(tensor.Name) ? tensor.Rename(prefix + tensor.Name["grad.".Length..]) : tensor));
        Assert.That(run.Code, Is.EqualTo(ExitCode.DataCorrupt), run.Output + run.Error);
        Assert.That(run.Line, Does.Contain("it has no gradient of a weight, such as 'grad.net.conv1.0.weight'").And.Contain(named).And.Match(" and [0-9]+ more. "));
    }

    private CommandLine Parity(IEnumerable<SafetensorsTensor> tensors)
    {
        SafetensorsFile.Write(_folder["recording"], tensors, new Dictionary<string, string> { ["architecture"] = Label, ["num_classes"] = $"{Classes}", ["width_mult"] = "0.1" });
        return CommandLine.Run("parity", _folder["recording"], "--json", "--device", "cpu", "--threads", "2");
    }

    private static bool IsGradient(string name) => name.StartsWith("grad.", StringComparison.Ordinal);

    // One step of ours, in the form of a recording.
    private static List<SafetensorsTensor> Record()
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 2);
        using ArrayScope scope = device.OpenScope();
        using var network = Network.Create(device, Architecture.Parse(Label), new NetworkOptions(Classes, Width));
        List<SafetensorsTensor> tensors = [.. Weights.Tensors(network).Select(tensor => tensor.Rename($"state.{tensor.Name}"))];
        var random = new Random(1);
        var shape = new Shape(Batch, Size, Size, 3);
        double[] images = [.. Enumerable.Range(0, shape.Count).Select(_ => random.NextDouble() - 0.5)], labels = [0, 1, 2, 3];
        Tensor x = Tensor.Leaf(device.Upload(shape, images, DType.Float32));
        tensors.Add(new SafetensorsTensor("input", new Shape(Batch, 3, Size, Size), TensorLayout.Map.ToPyTorch(shape, images)));
        tensors.Add(new SafetensorsTensor("labels", new Shape(Batch), Array.ConvertAll(labels, label => (long)label)));
        tensors.Add(Logits("logits.eval", network.Call(x)));
        network.Training = true;
        Tensor logits = network.Call(x), loss = logits.SoftmaxCrossEntropy(Tensor.Leaf(device.Upload(new Shape(Batch), labels, DType.Float32)));
        loss.Backward();
        tensors.Add(Logits("logits.train", logits));
        tensors.Add(new SafetensorsTensor("losses", new Shape(1), new[] { loss.Item() }));
        tensors.AddRange(network.States.Where(entry => entry.State.IsParameter).Select(entry => new SafetensorsTensor(
            $"grad.{entry.Name}", entry.State.Layout.ToPyTorch(entry.State.Shape),
            entry.State.Layout.ToPyTorch(entry.State.Shape, entry.State.Value.Gradient!.ToDoubles()))));
        return tensors;
    }

    private static SafetensorsTensor Logits(string name, Tensor logits) => new(name, logits.Shape, logits.Value.ToDoubles());
}
