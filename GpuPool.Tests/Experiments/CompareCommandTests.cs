using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Experiments;

public sealed class CompareCommandTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeSetUp]
    public void Train()
    {
        foreach ((string name, string architecture, string seed) in new[] { ("first", "mobilenet_v2-maxp-1222121", "0"), ("second", "mobilenet_v2-lip-1222121", "1") })
        {
            CommandLine run = CommandLine.Run(
                "train", architecture, "--run", _folder[name], "--size", "32", "--width", "0.1", "--epochs", name == "first" ? "2" : "1", "--limit", "10", "--batch", "10", "--seed", seed,
                "--device", "cpu");
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        }
    }

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void Configuration_curves_and_weights_are_compared()
    {
        CommandLine run = CommandLine.Run("compare", _folder["first"], _folder["second"], "--weights", "last", "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        string[] names = [.. result.GetProperty("configuration").EnumerateArray().Select(value => value.GetProperty("name").GetString()!)];
        Assert.That(names, Is.EquivalentTo(new[] { "architecture", "epochs", "seed" }));
        Assert.That(result.GetProperty("epochs").GetArrayLength(), Is.EqualTo(2));
        Assert.That(result.GetProperty("epochs")[1].GetProperty("second").ValueKind, Is.EqualTo(JsonValueKind.Null));
        JsonElement[] weights = [.. result.GetProperty("weights").EnumerateArray()];
        JsonElement head = weights.Single(weight => weight.GetProperty("name").GetString() == "net.classifier.weight");
        (double relative, double cosine) = Plain(Saved("first"), Saved("second"));
        Assert.That(head.GetProperty("relative").GetDouble(), Is.EqualTo(relative).Within(1e-12));
        Assert.That(head.GetProperty("cosine").GetDouble(), Is.EqualTo(cosine).Within(1e-12));
        Assert.That(result.GetProperty("only_first").GetArrayLength(), Is.Zero);
        Assert.That(result.GetProperty("only_second").EnumerateArray().Select(name => name.GetString()), Is.All.Contain("logit"));
    }

    [Test]
    public void A_run_does_not_differ_from_itself()
    {
        CommandLine run = CommandLine.Run("compare", _folder["first"], _folder["first"]);
        Assert.That(run.Output, Does.Contain("both were started with the same configuration"));
        Assert.That(run.Output, Does.Contain("0.0000").And.Not.Contain("only the"));
    }

    [Test]
    public void A_folder_that_is_no_run_is_refused() =>
        Assert.That(CommandLine.Run("compare", _folder["first"], _folder["none"]).Code, Is.EqualTo(ExitCode.DataMissing));

    private double[] Saved(string run) => SafetensorsFile.Read(_folder[$"{run}/last.safetensors"]).Doubles("net.classifier.weight");

    private static (double Relative, double Cosine) Plain(double[] a, double[] b)
    {
        double Square(IEnumerable<double> values) => values.Sum(value => value * value);
        double norm = Math.Sqrt(Square(a)), other = Math.Sqrt(Square(b));
        return (Math.Sqrt(Square(a.Zip(b, (x, y) => x - y))) / Math.Max(norm, other), a.Zip(b, (x, y) => x * y).Sum() / (norm * other));
    }
}
