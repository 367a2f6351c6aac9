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

    [Test]
    public void A_job_takes_the_processors_that_it_is_given()
    {
        string script = CommandLine.Run("reproduce", "table2", "--rows", Cell, "--plan", "slurm", "--out", "/nowhere").Output;
        Assert.That(script, Does.Contain(" --out /nowhere --device auto --threads \"${SLURM_CPUS_PER_TASK:-1}\" ;;\n").And.Not.Contain("--cpus-per-task"));
    }

    [Test]
    public void What_does_not_fit_into_an_array_is_several_that_a_shell_submits()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no POSIX shell");
            return;
        }
        string[] line = ["reproduce", "table2", "--rows", "ResNet18/strided/*", "--seeds", "0,1", "--plan", "slurm", "--out", "/nowhere/it's"];
        Assert.That(CommandLine.Run([.. line, "--array-size", "6"]).Output, Does.Contain("#SBATCH --array=0-5\n").And.Not.Contain("sbatch <<"));
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["plan.sh"], CommandLine.Run([.. line, "--array-size", "4"]).Output);
        // Slurm's command, as far as the plan needs it: takes a script on standard input.
        File.WriteAllText(folder["sbatch"], "#!/bin/sh\ncat > \"$(mktemp \"$OUT/array-XXXXXX\")\"\n");
        File.SetUnixFileMode(folder["sbatch"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo("sh", [folder["plan.sh"]]);
        (start.Environment["PATH"], start.Environment["OUT"]) = ($"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}", folder.Path);
        using Process shell = Process.Start(start)!;
        shell.WaitForExit();
        Assert.That(shell.ExitCode, Is.Zero);
        string[] arrays = [.. Directory.GetFiles(folder.Path, "array-*").Select(File.ReadAllText)];
        Assert.That(arrays, Has.Length.EqualTo(2).And.All.StartsWith("#!/bin/sh\n#SBATCH --job-name=gpupool-table2-smoke\n#SBATCH --array=0-"));
        Assert.That(arrays, Has.One.Contains("--array=0-3\n").And.One.Contains("--array=0-1\n"));
        string[] jobs = [.. arrays.SelectMany(array => array.Split('\n').Where(job => job.Contains(") exec ", StringComparison.Ordinal)).Select(job => job.Split(") exec ")[1]))];
        string[] all = [.. CommandLine.Run(line).Output.Split('\n').Where(job => job.Contains(") exec ", StringComparison.Ordinal)).Select(job => job.Split(") exec ")[1])];
        Assert.That(jobs, Is.EquivalentTo(all).And.Length.EqualTo(6));
    }

    [Test]
    public void An_array_has_no_more_jobs_than_Slurm_takes_by_default()
    {
        string script = CommandLine.Run("reproduce", "table2", "--seeds", "0,1,2,3,4,5,6", "--plan", "slurm", "--out", "/nowhere").Output;
        Assert.That(script.Split('\n').Where(line => line.StartsWith("#SBATCH --array=", StringComparison.Ordinal)), Is.EqualTo(new[] { "#SBATCH --array=0-1000", "#SBATCH --array=0-132" }));
    }

    private static CommandLine Plan(string output, string form) =>
        CommandLine.Run("reproduce", "table2", "--rows", Cell, "--plan", form, "--out", output, "--device", "cpu");
}
