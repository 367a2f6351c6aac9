using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Models;
using GpuPool.Models.Costs;

namespace GpuPool.Tests.Experiments;

public sealed class PlanCommandTests
{
    private const string Label = "mobilenet_v2-nlp_headfix2-1222121";

    [Test]
    public void Every_candidate_needs_what_profile_counts_and_those_that_fit_come_first()
    {
        CommandLine run = CommandLine.Run("plan", Label, "--budget", "256KB", "--dtype", "both", "--s1", "1,2", "--width", "1,0.35", "--methods", "nlp*", "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        JsonElement plan = JsonDocument.Parse(run.Output).RootElement;
        Assert.That(plan.GetProperty("budget_bytes").GetInt64(), Is.EqualTo(256 * 1024));
        JsonElement[] candidates = [.. plan.GetProperty("candidates").EnumerateArray()];
        Assert.That(candidates, Has.Length.EqualTo(2 * 2 * 2 * 2), "strides, widths, the plain and the reduced form, types");
        foreach (JsonElement candidate in candidates)
        {
            var options = new NetworkOptions(Classes: 2, candidate.GetProperty("width").GetDouble());
            int bytes = candidate.GetProperty("dtype").GetString() == "int8" ? 1 : 4;
            Cost cost = Cost.Of(Architecture.Parse(candidate.GetProperty("architecture").GetString()!), options, 96, bytes);
            long peak = candidate.GetProperty("peak_bytes").GetInt64();
            Assert.That(peak, Is.EqualTo(cost.PeakBytes));
            Assert.That(candidate.GetProperty("weight_bytes").GetInt64(), Is.EqualTo(bytes * cost.Parameters));
            Assert.That(candidate.GetProperty("overshoot_bytes").GetInt64(), Is.EqualTo(Math.Max(0, peak - 256 * 1024)));
        }
        Assert.That(candidates.Select(candidate => candidate.GetProperty("overshoot_bytes").GetInt64()), Is.Ordered);
        JsonElement[] fitting = [.. candidates.Where(candidate => candidate.GetProperty("fits").GetBoolean())];
        Assert.That(fitting, Has.Length.InRange(1, candidates.Length - 1));
        Assert.That(fitting.Select(candidate => candidate.GetProperty("backbone_multiply_adds").GetInt64()), Is.Ordered.Descending);
        Assert.That(fitting[0].GetProperty("pooling").GetString(), Is.EqualTo("nlp_headfix2"), "the one asked for");
    }

    [TestCase("262144")]
    [TestCase("256KB")]
    [TestCase("256k")]
    [TestCase("0.25MB")]
    public void A_budget_may_be_written_in_several_ways(string budget) =>
        Assert.That(CommandLine.Run("plan", Label, "--budget", budget, "--methods", "skip").Output, Does.Contain("candidates fit into 262,144 bytes"));

    [Test]
    public void The_table_says_how_it_is_ordered_where_the_peak_is_and_what_comes_nearest()
    {
        string output = CommandLine.Run("plan", "mobilenet_v2-skip-1222121", "--budget", "256KB", "--methods", "skip", "--top", "1").Output;
        Assert.That(output, Does.Contain("best first: the backbone with most multiply-adds in its strided form"));
        Assert.That(output, Does.Contain("of 15 candidates fit into 262,144 bytes; the first 1 are shown"));
        Assert.That(output, Does.Contain("net.conv1.0"), "the stem of s1 = 2");
        Assert.That(output, Does.Contain(
            "nearest that does not fit: mobilenet_v2-skip-1222121, width 1, int8: 276,480 bytes while net.features.1.0.conv.3 runs, 14,336 too many"));
    }

    [Test]
    public void Nothing_that_fits_is_a_failed_check_that_names_the_nearest()
    {
        CommandLine run = CommandLine.Run("plan", "resnet18-lip-1222", "--budget", "10K");
        Assert.That(run.Code, Is.EqualTo(ExitCode.CheckFailed));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error.TrimEnd('\n'), Does.Not.Contain("\n"));
        Assert.That(run.Line, Does.StartWith("gpupool: none of ").And.Contain(" fits into 10,240 bytes. Nearest: resnet18-skip-1222, width 1, int8: 184,320 bytes"));
        CommandLine json = CommandLine.Run("plan", "resnet18-lip-1222", "--budget", "10K", "--json");
        Assert.That(json.Code, Is.EqualTo(ExitCode.CheckFailed));
        Assert.That(JsonDocument.Parse(json.Output).RootElement.GetProperty("candidates").GetArrayLength(), Is.Positive);
    }

    [TestCase("--budget abc", "--budget 'abc' is not a size. Give bytes, or a number with KB (1,024 bytes) or MB, for example --budget 256KB.")]
    [TestCase("--budget 0", "--budget '0' is not a size")]
    [TestCase("--budget -5", "--budget '-5' is not a size")]
    [TestCase("--budget 1e3", "--budget '1e3' is not a size")]
    [TestCase("--budget 256BB", "--budget '256BB' is not a size")]
    [TestCase("--budget 99999999999999999MB", "is not a size")]
    [TestCase("", "Option '--budget' is required")]
    [TestCase("--budget 1MB --s1 12", "the strides of mobilenet_v2 must be 7 digits from 1 to 9")]
    [TestCase("--budget 1MB --s1 99999999999", "--s1 '99999999999' is not a list of different whole numbers of at least 1. Give one such as --s1 1,2,4.")]
    [TestCase("--budget 1MB --s1 1,01", "--s1 '1,01' is not a list of different whole numbers")]
    [TestCase("--budget 1MB --s1 1 --s1 1", "--s1 '1,1' is not a list of different whole numbers")]
    [TestCase("--budget 1MB --width 0.5,0.50", "--width '0.5,0.50' is not a list of different numbers of at least 0.01. Give one such as --width 1,0.75")]
    [TestCase("--budget 1MB --width 0,5", "--width '0,5' is not a list of different numbers of at least 0.01. Write decimals with a dot: --width 0.5.")]
    [TestCase("--budget 1MB --width 0,5,1", "--width '0,5,1' is not a list of different numbers of at least 0.01. Give one such as --width 1,0.75")]
    [TestCase("--budget 1,5MB", "--budget '1,5MB' is not a size. Write decimals with a dot: --budget 1.5MB.")]
    [TestCase("--budget 1MB --budget 2MB", "Option '--budget' expects a single argument but 2 were provided.")]
    [TestCase("--budget 1MB --width 0.02", "the width of mobilenet_v2 must be from 0.05 to 8, but is 0.02")]
    [TestCase("--budget 1MB --width 1,x", "--width '1,x' is not a list of different numbers of at least 0.01. Give one such as --width 1,0.75")]
    [TestCase("--budget 1MB --dtype int4", "unknown value 'int4' of --dtype. Did you mean 'int8'? Known values: int8, float32, both.")]
    [TestCase("--budget 1MB --methods nlx", "no pooling method matches 'nlx'. Known methods: nlp_headfix2, skip, ")]
    [TestCase("--budget 1MB --size 0", "--size '0' is not a whole number of at least 1")]
    public void A_mistake_is_one_line(string options, string part)
    {
        CommandLine run = CommandLine.Run(["plan", Label, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Usage), run.Output);
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("gpupool: ").And.Contain(part).And.Not.Contain("\n"));
        Assert.That(run.Output, Is.Empty);
    }

    [Test]
    public void A_list_may_come_in_parts()
    {
        string[] line = ["plan", Label, "--budget", "100MB", "--methods", "skip", "--json"];
        Assert.That(
            CommandLine.Run([.. line, "--s1", "1", "--s1", "2,4", "--width", "1", "--width", "0.5"]).Output,
            Is.EqualTo(CommandLine.Run([.. line, "--s1", "1,2,4", "--width", "1,0.5"]).Output));
    }

    [Test]
    public void An_image_too_small_for_every_candidate_is_refused()
    {
        CommandLine run = CommandLine.Run("plan", "mobilenet_v2-maxp-1222121", "--budget", "1MB", "--size", "2", "--methods", "maxp");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Configuration), run.Output);
        Assert.That(run.Line, Does.Contain("Use a larger --size"));
    }
}
