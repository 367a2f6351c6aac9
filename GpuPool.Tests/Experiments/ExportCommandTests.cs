using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Kernels;
using GpuPool.Models.Safetensors;
using GpuPool.Tests.Models.Export;
using Microsoft.ML.OnnxRuntime;

namespace GpuPool.Tests.Experiments;

public sealed class ExportCommandTests
{
    private const string Label = "mobilenet_v2-nlp_headfix2-1222121";

    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [TestCase("4", 4)]
    [TestCase("dynamic", 2)]
    public void A_sample_is_what_the_model_computes(string batch, int images)
    {
        (string model, string sample) = (_folder[$"{batch}.onnx"], _folder[$"{batch}.safetensors"]);
        CommandLine run = CommandLine.Run(
            "export", Label, "--size", "40", "--classes", "6", "--width", "0.1", "--seed", "5", "--batch", batch, "--out", model, "--sample", sample, "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        var file = SafetensorsFile.Read(sample);
        Assert.That(file.Entries.Keys, Is.EquivalentTo(new[] { "input", "output" }));
        Assert.That(file.Entries["input"].Shape, Is.EqualTo(new Shape(images, 3, 40, 40)));
        Assert.That(file.Entries["output"].Shape, Is.EqualTo(new Shape(images, 6)));
        using InferenceSession session = OnnxCheck.Session(model);
        float[] input = file.Floats("input"), ours = file.Floats("output"), theirs = OnnxCheck.Run(session, [images, 3, 40, 40], input)[0];
        Assert.That(input.Average(), Is.EqualTo(0).Within(0.1));
        Assert.That(theirs.Zip(ours, (a, b) => Math.Abs(a - b)).Max(), Is.Below(OnnxCheck.Tolerance * ours.Max(MathF.Abs)));
        Assert.That(session.InputMetadata["input"].Dimensions[0], Is.EqualTo(batch == "dynamic" ? -1 : images));
        Assert.That(session.ModelMetadata.CustomMetadataMap, Contains.Key("revision").And.ContainValue(Label));
    }

    [Test]
    public void Two_results_do_not_share_a_file_and_none_replaces_weights_of_the_run()
    {
        string shared = _folder["shared.safetensors"], run = _folder["own"];
        Assert.That(CommandLine.Run("export", "mobilenet_v2-maxp-1222121", "--out", shared, "--sample", shared).Line, Does.Contain("--out and --sample are both"));
        Directory.CreateDirectory(run);
        File.WriteAllText(Path.Combine(run, "config.json"), $$"""{ "architecture": "{{Label}}" }""");
        string weights = Path.Combine(run, "best.safetensors");
        foreach (string[] line in new[] { ["export", run, "--out", weights], ["export", run, "--out", _folder["own.onnx"], "--sample", weights], new[] { "weights", "export", run, "--out", weights } })
        {
            CommandLine refused = CommandLine.Run(line);
            Assert.That(refused.Line, Does.Contain($"{weights} holds weights of the run itself"));
            Assert.That(refused.Code, Is.EqualTo(ExitCode.Usage));
        }
        Assert.That(CommandLine.Run("weights", "export", run, "--out", _folder["a.pth"]).Line, Does.Contain("does not end in .safetensors"));
    }

    [Test]
    public void An_interrupted_export_writes_nothing()
    {
        string model = _folder["interrupted.onnx"];
        CommandLine run = CommandLine.Run(new CancellationToken(canceled: true), "export", "mobilenet_v2-maxp-1222121", "--size", "64", "--width", "0.1", "--out", model);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(Directory.EnumerateFiles(_folder.Path, "interrupted*"), Is.Empty);
    }

    [Test]
    public void A_run_is_exported_with_its_labels_and_preprocessing()
    {
        (string trained, string model) = (_folder["run"], _folder["run.onnx"]);
        CommandLine training = CommandLine.Run(
            "train", "mobilenet_v2-avgp-1222121", "--run", trained, "--size", "32", "--width", "0.1", "--epochs", "1", "--limit", "20", "--batch", "10", "--device", "cpu");
        Assert.That(training.Code, Is.EqualTo(ExitCode.Done), training.Error);
        CommandLine run = CommandLine.Run("export", trained, "--out", model, "--fold", "--weights", "last", "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        using InferenceSession session = OnnxCheck.Session(model);
        Dictionary<string, string> metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.That(JsonSerializer.Deserialize<string[]>(metadata["labels"]), Has.Length.EqualTo(session.OutputMetadata["output"].Dimensions[1]));
        Assert.That(metadata["preprocessing"], Is.EqualTo("""{"mean":[0.5,0.5,0.5],"deviation":[0.5,0.5,0.5],"shorter_side":32}"""));
        Assert.That(session.InputMetadata["input"].Dimensions, Is.EqualTo(new[] { -1, 3, 32, 32 }));
        Assert.That(CommandLine.Run("export", trained, "--out", model, "--width", "0.5").Code, Is.EqualTo(ExitCode.Usage));
    }

    [TestCase("export faster_rcnn-mobilenet_v2-skip-1222121 --size 64 --width 0.1 --out a.onnx", ExitCode.Configuration, "its second stage reads boxes")]
    [TestCase("export mobilenet_v2-maxp-1222121 --size 8 --width 0.1 --out a.onnx", ExitCode.Configuration, "behind 'net.")]
    [TestCase("export mobilenet_v2-maxp-1222121 --opset 16 --out a.onnx", ExitCode.Usage, "--opset '16' is not a whole number from 17 to 23")]
    [TestCase("export mobilenet_v2-maxp-1222121 --batch many --out a.onnx", ExitCode.Usage, "--batch 'many' is neither")]
    [TestCase("export mobilenet_v2-maxp-1222121 --weights last --out a.onnx", ExitCode.Usage, "--weights is not for an architecture, which has start values alone")]
    [TestCase("export mobilenet_v2-maxp-1222121 --out a.onnx --sample a.onnx", ExitCode.Usage, "a.onnx' does not end in .safetensors")]
    [TestCase("export runs/nothing --out a.onnx", ExitCode.DataMissing, "there is no folder runs/nothing")]
    [TestCase("export nothing --out a.onnx", ExitCode.Usage, "architecture 'nothing'")]
    [TestCase("export mobilenet_v2-maxp-1222121", ExitCode.Usage, "--out")]
    public void What_cannot_be_exported_is_refused_in_one_line(string line, ExitCode code, string cause)
    {
        string[] args = [.. line.Split(' ').Select(word => word == "a.onnx" ? _folder[word] : word)];
        CommandLine run = CommandLine.Run(args);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Line, Does.Contain(cause));
        Assert.That(_folder["a.onnx"], Does.Not.Exist);
    }
}
