using System.Diagnostics;
using GpuPool.Experiments;
using GpuPool.Experiments.Tables;

namespace GpuPool.Tests.Experiments;

/// <summary><c>reproduce --plan</c>.</summary>
public sealed class CellPlanTests
{
    private const string Cell = "MobileNetV2-0.35x/strided/s1=4";

    [TestCase("resnet18-skip-1222", "resnet18-skip-1222")]
    [TestCase("a b", "'a b'")]
    [TestCase("it's", @"'it'\''s'")]
    [TestCase("$HOME;*", "'$HOME;*'")]
    [TestCase("", "''")]
    public void Words_are_quoted_for_a_shell(string word, string quoted) => Assert.That(CellPlan.Quote(word), Is.EqualTo(quoted));

    [Test]
    public void A_shell_runs_the_planned_commands_and_a_plan_leaves_out_what_is_finished([Values("lines", "slurm")] string form)
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("Windows has no POSIX shell");
        using var folder = new TemporaryFolder();
        string output = folder["it's a folder"], script = folder["plan.sh"];
        CommandLine plan = Plan(output, form);
        Assert.That(plan.Code, Is.EqualTo(ExitCode.Done), plan.Error);
        Assert.That(Directory.Exists(output), Is.False, "nothing is run");
        File.WriteAllText(script, plan.Output);
        var start = new ProcessStartInfo("sh", [script]) { RedirectStandardError = true };
        start.Environment["SLURM_ARRAY_TASK_ID"] = "0";
        using Process shell = Process.Start(start)!;
        string messages = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.That(shell.ExitCode, Is.EqualTo((int)ExitCode.Done), messages);
        CommandLine again = Plan(output, form);
        Assert.That((again.Output, again.Line), Is.EqualTo(("", "gpupool: all runs are finished; nothing is left to plan")));
    }

    [Test]
    public void An_array_has_a_command_for_each_number()
    {
        string script = CommandLine.Run("reproduce", "table2", "--rows", "ResNet18/*", "--seeds", "0,1", "--plan", "slurm", "--out", "/nowhere", "--threads", "3").Output;
        Assert.That(script, Does.StartWith("#!/bin/sh\n#SBATCH --job-name=gpupool-table2-smoke\n#SBATCH --array=0-107\n#SBATCH --cpus-per-task=3\n"));
        Assert.That(script, Does.Contain("\n101) exec ").And.Contain("--cell ResNet18/self-attentive/s1=4 --seeds 1 --out /nowhere --device auto --threads 3 ;;\n"));
    }

    private static CommandLine Plan(string output, string form) =>
        CommandLine.Run("reproduce", "table2", "--rows", Cell, "--plan", form, "--out", output, "--device", "cpu");
}
