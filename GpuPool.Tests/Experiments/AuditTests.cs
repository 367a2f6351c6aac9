using System.Runtime.CompilerServices;
using GpuPool.Experiments;
using GpuPool.Experiments.Audit;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;

namespace GpuPool.Tests.Experiments;

public sealed class AuditTests
{
    private static readonly IReadOnlyList<Claim> Counted = CountedClaims.All;

    [Test]
    public void The_committed_page_is_what_the_program_writes_byte_for_byte()
    {
        string root = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..");
        using var folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run("audit", "--results", Path.Combine(root, "results"), "--out", folder["audit.md"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(File.ReadAllText(folder["audit.md"]), Is.EqualTo(File.ReadAllText(Path.Combine(root, "docs", "audit.md"))), "write it again with 'gpupool audit'");
    }

    [Test]
    public void The_mean_of_the_printed_reductions_is_not_the_printed_mean()
    {
        Claim claim = Counted.Single(claim => claim.Paper == "11.66 %");
        // (0.303 - 0.272) / 0.303, (0.065 - 0.06) / 0.065 and (2.07 - 1.82) / 2.07.
        Assert.That((claim.Ours, claim.VerdictText), Is.EqualTo(("10.00 %", "does not hold")));
    }

    [Test]
    public void The_strided_MobileNetV2_has_the_printed_cost_and_ResNet18_has_not()
    {
        Assert.That(Counted.Single(claim => claim.Text.StartsWith("Table 6, MobileNetV2, strided", StringComparison.Ordinal)).Verdict, Is.EqualTo(Verdict.Holds), "300.8 of 303");
        Assert.That(Counted.Single(claim => claim.Text.StartsWith("Table 6, ResNet18, strided", StringComparison.Ordinal)).Verdict, Is.EqualTo(Verdict.DoesNotHold), "1,814 of 2,070");
    }

    [Test]
    public void Nearest_up_sampling_makes_the_released_form_average_pooling_and_bilinear_does_not()
    {
        Assert.That(Counted.Single(claim => claim.Text.Contains("nearest", StringComparison.Ordinal)) is { Verdict: Verdict.DoesNotHold } nearest && nearest.Ours.StartsWith("exactly", StringComparison.Ordinal));
        Assert.That(Counted.Single(claim => claim.Text.Contains("bilinear", StringComparison.Ordinal)).Verdict, Is.EqualTo(Verdict.Holds));
    }

    [TestCase("strided", "self-attentive", -0.05, -0.08, -0.02, Verdict.Holds)]
    [TestCase("strided", "self-attentive", 0.05, 0.02, 0.08, Verdict.DoesNotHold)]
    [TestCase("strided", "self-attentive", -0.05, -0.11, 0.01, Verdict.NotTestedHere)]
    public void A_difference_decides_where_its_interval_leaves_out_zero(string first, string second, double difference, double lower, double upper, Verdict verdict)
    {
        using var folder = new TemporaryFolder();
        Claim claim = Ranked(folder, first, second, difference, lower, upper);
        Assert.That(claim.Verdict, Is.EqualTo(verdict));
        Assert.That(claim.Paper, Is.EqualTo("+8.10 points"));
        Assert.That(claim.Ours, Does.Contain("3 seeds"));
    }

    [TestCase(0, 0.1, Verdict.NotTestedHere, "; strided did not learn: all its seeds end at 0.10")]
    [TestCase(0.01, 0.1, Verdict.Holds, "3 seeds")]
    public void A_method_that_did_not_learn_decides_nothing(double deviation, double accuracy, Verdict verdict, string end)
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder["ranking-quick.csv"],
        [
            new TableRow
            {
                Table = "ranking", Network = "MobileNetV2-0.35x", Method = "strided", S1 = 1, Architecture = "mobilenet_v2-skip-1222121", Width = 0.35, Preset = "quick",
                LastAccuracy = accuracy, LastAccuracyDeviation = deviation,
            },
        ]);
        Claim claim = Ranked(folder, "strided", "self-attentive", -0.4, -0.5, -0.3);
        Assert.That(claim.Verdict, Is.EqualTo(verdict));
        Assert.That(claim.Ours, Does.EndWith(end));
    }

    private static Claim Ranked(TemporaryFolder folder, string first, string second, double difference, double lower, double upper)
    {
        CsvFile.Write(folder["ranking-quick-differences.csv"],
        [
            new DifferenceRow
            {
                Table = "ranking", Network = "MobileNetV2-0.35x", S1 = 1, First = first, Second = second, Seeds = 3, Difference = difference, Deviation = 0.01, Lower = lower, Upper = upper, P = 0.01,
            },
        ]);
        return new MeasuredClaims(folder.Path).All().Single(claim => claim.Text.Contains("s1 = 1: more accurate than strided", StringComparison.Ordinal));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
