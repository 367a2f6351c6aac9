using System.Text.Json;
using GpuPool.Experiments;

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
        Assert.That(report.GetProperty("difference").GetDouble(), Is.LessThanOrEqualTo(1e-5));
        Assert.That(report.GetProperty("before").GetProperty("channels").ToString(), Is.EqualTo("[16,8]"));
        Assert.That(after.GetProperty("channels").ToString(), Is.EqualTo("[8,4]"));
        Assert.That(after.GetProperty("parameters").GetInt64(), Is.LessThan(report.GetProperty("before").GetProperty("parameters").GetInt64()));

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
    public void Any_number_of_threads_gives_the_same_bits()
    {
        Prune("two", "--threads", "2");
        Prune("three", "--threads", "3");
        RunCheck.Same(_folder["three"], _folder["two"]);
    }

    [TestCase("prune WHOLE --run R --density 0", ExitCode.Usage, "--density '0' is not above 0 and below 1")]
    [TestCase("prune WHOLE --run R --density 1.5", ExitCode.Usage, "--density '1.5' is not above 0 and below 1")]
    [TestCase("prune WHOLE", ExitCode.Usage, "--run")]
    [TestCase("prune WHOLE --run WHOLE --device cpu", ExitCode.Configuration, "holds a run with another configuration")]
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

    private CommandLine Prune(string name, params string[] more) =>
        CommandLine.Run(["prune", _folder["whole"], "--epochs", "2", "--run", _folder[name], "--device", "cpu", .. more]);

    private static Dictionary<string, byte[]> Files(string folder) => Directory.GetFiles(folder).ToDictionary(file => file, File.ReadAllBytes);
}
