using System.Text.Json;
using System.Xml.Linq;
using GpuPool.Experiments;
using GpuPool.Experiments.Distributed;
using GpuPool.Experiments.Planning;
using GpuPool.Kernels;
using GpuPool.Tests.Experiments.Distributed;

namespace GpuPool.Tests.Experiments;

public sealed class PlanClusterCommandTests
{
    // Two parts of half the gradients there and back: the whole of them once, and two messages.
    [TestCase(1, 0.0)]
    [TestCase(2, 0.01 + 2 * 50e-6)]
    [TestCase(4, 0.015 + 6 * 50e-6)]
    public void Gradients_take_what_a_rank_sends_to_each_other_one(int ranks, double seconds)
    {
        var plan = new ClusterPlan(StepSeconds: 0.1, Batch: 8, GradientBytes: 10_000_000, BytesPerSecond: 1e9, LatencySeconds: 50e-6);
        Assert.That(plan.Exchange(ranks), Is.EqualTo(seconds).Within(1e-12));
        Assert.That(plan.Efficiency(ranks), Is.EqualTo(0.1 / (0.1 + seconds)).Within(1e-12));
        Assert.That(plan.ImagesPerSecond(ranks), Is.EqualTo(ranks * 8 / (0.1 + seconds)).Within(1e-9));
    }

    [Test]
    public void Each_link_has_a_row_for_each_number_of_ranks_and_a_line_of_the_drawing()
    {
        using var folder = new TemporaryFolder();
        string file = folder["plots/plan.svg"];
        string[] line = ["plan-cluster", "mobilenet_v2-skip-1222121", "--step", "250", "--bandwidth", "1,10", "--ranks", "6", "--out", file];
        CommandLine run = CommandLine.Run([.. line, "--json"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        JsonElement[] rows = [.. run.Output.TrimEnd().Split('\n').Select(text => JsonDocument.Parse(text).RootElement)];
        Assert.That(rows.Select(row => row.GetProperty("ranks").GetInt32()), Is.EqualTo(new[] { 1, 2, 4, 6, 1, 2, 4, 6 }));
        double[] exchange = [.. rows.Select(row => row.GetProperty("exchange_ms").GetDouble())];
        // 2,236,682 parameters of four bytes over a link of 1 Gbit/s.
        Assert.That(exchange[1], Is.EqualTo(2_236_682 * 4 / 0.125e9 * 1000 + 0.04).Within(1e-6));
        Assert.That(exchange[0], Is.Zero);
        Assert.That(exchange[7], Is.Below(exchange[3]));
        Assert.That(XDocument.Load(file).Descendants().Any(element => element.Value.Contains("10 Gbit/s", StringComparison.Ordinal)));
        Assert.That(CommandLine.Run(line).Output, Does.Contain("8,946,728 bytes of gradients"));
    }

    [Test]
    public void The_link_of_ranks_is_measured()
    {
        foreach (Interconnect link in ThreadRanks.Run(2, ranks =>
        {
            using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
            return Interconnect.Measure(ranks, device, 400_000);
        }))
        {
            Assert.That(link.BytesPerSecond, Is.Positive);
            Assert.That(link.LatencySeconds, Is.Positive);
        }
    }

    [TestCase("resnet18-skip-1222", "--step")]
    [TestCase("resnet18-skip-1222 --step 10 --bandwidth 0", "--bandwidth '0' is not a list of different numbers of at least 0.001")]
    public void A_mistake_is_one_line(string line, string part)
    {
        CommandLine run = CommandLine.Run(["plan-cluster", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.That((run.Code, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Line, Does.StartWith("gpupool: ").And.Contain(part));
    }
}
