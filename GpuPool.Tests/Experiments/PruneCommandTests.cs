using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Pruning;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Experiments;

public sealed class PruneCommandTests
{
    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void TrainWhole()
    {
        _folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run(
            "train", "mobilenet_v2-skip-1222121", "--width", "0.35", "--size", "32", "--epochs", "1", "--limit", "24", "--threads", "2", "--device", "cpu",
            "--run", _folder["whole"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
    }

    [OneTimeTearDown]
    public void RemoveWhole() => _folder.Dispose();

    [Test]
    public void A_trained_run_is_pruned_into_another_and_the_compact_network_can_be_evaluated()
    {
        Dictionary<string, byte[]> before = Files(_folder["whole"]);
        CommandLine run = Prune("pruned", "--compact", "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(Files(_folder["whole"]), Is.EqualTo(before), "the whole run is only read");
        JsonElement report = JsonDocument.Parse(run.Output).RootElement, after = report.GetProperty("after");
        Assert.That(report.GetProperty("difference").GetDouble(), Is.NoMoreThan(1e-5));
        Assert.That(report.GetProperty("before").GetProperty("channels").ToString(), Is.EqualTo("[16,8]"));
        Assert.That(after.GetProperty("channels").ToString(), Is.EqualTo("[8,4]"));
        Assert.That(after.GetProperty("parameters").GetInt64(), Is.Below(report.GetProperty("before").GetProperty("parameters").GetInt64()));

        foreach (string weights in new[] { "best", "compact" })
        {
            CommandLine evaluate = CommandLine.Run("evaluate", _folder["pruned"], "--json", "--weights", weights, "--device", "cpu");
            Assert.That(evaluate.Code, Is.EqualTo(ExitCode.Done), evaluate.Error);
            Assert.That(
                JsonDocument.Parse(evaluate.Output).RootElement.GetProperty("accuracy").GetDouble(), Is.EqualTo(after.GetProperty("accuracy").GetDouble()), weights);
        }
        CommandLine table = Prune("pruned");
        Assert.That(table.Code, Is.EqualTo(ExitCode.Done), "a finished run is reported again");
        Assert.That(table.Output, Does.Contain("before").And.Contain("after"));
        Assert.That(CommandLine.Run("prune", _folder["pruned"], "--run", _folder["twice"]).Line, Does.Contain("holds a run that is already pruned"));
    }

    [Test]
    public void Few_channels_are_never_all_exchanged()
    {
        CommandLine run = Prune("thin", "--density", "0.05", "--compact", "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(JsonDocument.Parse(run.Output).RootElement.GetProperty("after").GetProperty("channels").ToString(), Is.EqualTo("[1,1]"));
        using Network network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-skip-1222121"), new NetworkOptions(10, 0.35));
        Weights.Load(network, _folder["thin/last.safetensors"]);
        foreach (ChannelAxis consumer in FirstStage.Groups(network).SelectMany(group => group.Consumers))
            Assert.That(consumer.Norms(consumer.State.Value.Value).Count(norm => norm > 0), Is.EqualTo(1));
    }

    [Test]
    public void The_same_folder_may_be_written_in_another_way()
    {
        string whole = Path.GetRelativePath(Environment.CurrentDirectory, _folder["whole"]);
        CommandLine Run(string start) => CommandLine.Run("prune", start, "--epochs", "1", "--run", _folder["written"], "--device", "cpu", "--resume");
        Assert.That(Run(_folder["whole"]).Code, Is.EqualTo(ExitCode.Done));
        foreach (string written in new[] { whole, Path.Combine(".", whole) + Path.DirectorySeparatorChar })
            Assert.That(Run(written), Has.Property("Code").EqualTo(ExitCode.Done).And.Property("Error").Empty, written);
        Assert.That(CommandLine.Run("prune", _folder["whole"], "--epochs", "1", "--run", _folder["written"], "--lr", "0.5").Line, Does.Contain("another configuration"));
    }

    [Test]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        Prune("two", "--threads", "2");
        Prune("three", "--threads", "3");
        RunCheck.Same(_folder["three"], _folder["two"]);
    }

    [Test]
    public void A_loss_that_is_not_finite_ends_the_pruning_and_the_last_checkpoint_before_it_stays()
    {
        CommandLine run = Prune("stopped", "--lr", "1e30", "--checkpoint-steps", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Diverged), run.Error);
        Assert.That(run.Line, Does.Match("diverged: the loss is .* in epoch 1, step 2. Use a smaller --lr.$"));
        Assert.That(Directory.GetFiles(_folder["stopped/checkpoints"], "*.json").Select(Path.GetFileName), Is.EqualTo(new[] { "000001.json" }));
    }

    [Test]
    public void A_pruning_without_a_finite_epoch_is_recorded_and_leaves_no_network()
    {
        CommandLine run = Prune("recorded", "--lr", "1e30", "--on-nonfinite", "record", "--compact");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Diverged), run.Error);
        Assert.That(run.Error, Does.Match("diverged: the loss is .* in epoch 1, step 2; the run ends with this epoch\n"));
        Assert.That(run.Line, Does.EndWith("recorded was finite. Train it again with a smaller --lr."));
        Assert.That(File.ReadLines(_folder["recorded/log.jsonl"]).Single(), Does.Contain("\"train_loss\":\"NaN\""));
        Assert.That(Directory.GetFiles(_folder["recorded"], "*.safetensors").Select(Path.GetFileName), Is.EqualTo(new[] { "last.safetensors" }));
    }

    [Test]
    public void A_test_loss_that_is_not_finite_is_divergence()
    {
        // Running statistics that only the test reads.
        string start = _folder["overflowing"];
        Directory.CreateDirectory(start);
        foreach (string name in Directory.GetFiles(_folder["whole"]).Where(name => !name.EndsWith(".lock", StringComparison.Ordinal)))
            File.Copy(name, Path.Combine(start, Path.GetFileName(name)));
        var file = SafetensorsFile.Read(_folder["whole/best.safetensors"]);
        SafetensorsFile.Write(Path.Combine(start, "best.safetensors"), file.Entries.Keys.Select(name => name.EndsWith("running_mean", StringComparison.Ordinal)
            ? new SafetensorsTensor(name, file.Entries[name].Shape, [.. Enumerable.Repeat(3e38f, file.Entries[name].Shape.Count)])
            : file.Tensor(name, name)));
        CommandLine run = CommandLine.Run("prune", start, "--epochs", "2", "--run", _folder["overflown"], "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Diverged), run.Error);
        Assert.That(run.Line, Does.Contain("diverged: the test loss is NaN in epoch 1, step 3."));
    }

    [Test]
    public void Logits_that_are_not_finite_prove_nothing()
    {
        Prune("infinite");
        string weights = _folder["infinite/best.safetensors"];
        var file = SafetensorsFile.Read(weights);
        SafetensorsTensor[] tensors = [.. file.Entries.Keys.Select(name => file.Tensor(name, name))];
        int bias = Array.FindIndex(tensors, tensor => tensor.Shape == new Shape(10));
        tensors[bias] = new SafetensorsTensor(tensors[bias].Name, tensors[bias].Shape, [float.PositiveInfinity, .. new float[9]]);
        SafetensorsFile.Write(weights, tensors);
        AssertNotCompact("infinite");
    }

    [TestCase("prune WHOLE --run R --density 0", ExitCode.Usage, "--density '0' is not above 0 and below 1")]
    [TestCase("prune WHOLE --run R --density 1.5", ExitCode.Usage, "--density '1.5' is not above 0 and below 1")]
    [TestCase("prune WHOLE", ExitCode.Usage, "--run")]
    [TestCase("prune WHOLE --run R --on-nonfinite recod", ExitCode.Usage, "Did you mean 'record'? Known values: stop, record.")]
    [TestCase("prune WHOLE --run R --checkpoint-steps 0", ExitCode.Usage, "is not a whole number of at least 1. Give one, or leave it out.")]
    [TestCase("prune WHOLE --run WHOLE --device cpu", ExitCode.Configuration, "pruning.density none there, 0.5 here, ")]
    [TestCase("prune MISSING --run R", ExitCode.DataMissing, "is not the folder of a run")]
    [TestCase("prune UNFINISHED --run R", ExitCode.Configuration, "holds a run that is not finished")]
    [TestCase("prune OTHER --run R", ExitCode.DataCorrupt, "is not a configuration")]
    public void A_mistake_is_one_line_with_cause_and_remedy(string line, ExitCode code, string part)
    {
        Directory.CreateDirectory(_folder["unfinished"]);
        File.Copy(Path.Combine(_folder["whole"], "config.json"), Path.Combine(_folder["unfinished"], "config.json"), overwrite: true);
        Directory.CreateDirectory(_folder["other"]);
        File.WriteAllText(Path.Combine(_folder["other"], "config.json"), "{ \"detector\": \"ssd\" }");
        CommandLine run = CommandLine.Run(
            [.. line.Split(' ').Select(word => word.All(char.IsAsciiLetterUpper) ? _folder[word.ToLowerInvariant()] : word)]);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("gpupool: ").And.Contain(part).And.Not.Contain("\n"));
        Assert.That(run.Output, Is.Empty);
        Assert.That(Directory.Exists(_folder["r"]), Is.False);
    }

    private void AssertNotCompact(string name, params string[] more)
    {
        CommandLine run = Prune(name, ["--compact", .. more]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.CheckFailed), run.Error);
        Assert.That(run.Output, Does.Contain("logits differ by at most NaN of the largest").And.Contain("no weights are written"));
        Assert.That(File.Exists(_folder[$"{name}/compact.safetensors"]), Is.False);
    }

    private CommandLine Prune(string name, params string[] more) =>
        CommandLine.Run(["prune", _folder["whole"], "--epochs", "2", "--run", _folder[name], "--device", "cpu", .. more]);

    private static Dictionary<string, byte[]> Files(string folder) => Directory.GetFiles(folder).ToDictionary(file => file, File.ReadAllBytes);
}
