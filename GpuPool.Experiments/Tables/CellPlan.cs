using System.Text;
using System.Text.RegularExpressions;

namespace GpuPool.Experiments.Tables;

/// <summary>How a plan is written.</summary>
internal enum PlanForm
{
    /// <summary>A command a line, quoted for a POSIX shell, as GNU parallel reads them.</summary>
    Lines,

    /// <summary>A script for <c>sbatch</c>: an array of jobs with a command each; for more than fit into one, a script for a shell that submits several.</summary>
    Slurm,
}

/// <summary>Commands that do the runs of a table elsewhere, each alone.</summary>
internal static partial class CellPlan
{
    /// <summary>Most jobs of an array where Slurm's <c>MaxArraySize</c> is not changed.</summary>
    public const int DefaultArraySize = 1001;

    private const string EndOfArray = "END_OF_ARRAY";

    // Slurm says how many processors a job has where they were asked for, and gives one where they were not; .NET may see those of the whole machine.
    private const string ThreadsOfJob = " --threads \"${SLURM_CPUS_PER_TASK:-1}\"";

    [GeneratedRegex(@"^[A-Za-z0-9_./:=,+%@-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Plain { get; }

    /// <summary>The text of a plan; empty for no commands.</summary>
    /// <param name="form">How it is written.</param>
    /// <param name="commands">File and arguments of each.</param>
    /// <param name="title">Name of the array.</param>
    /// <param name="threads">Processors that each takes; null where that is not said: then a job of an array takes those that it is given.</param>
    /// <param name="arraySize">Most jobs of an array. More are several arrays, in a script for a shell that submits them.</param>
    public static string Text(PlanForm form, IReadOnlyList<IReadOnlyList<string>> commands, string title, int? threads, int arraySize)
    {
        string[] lines = [.. commands.Select(command => string.Join(' ', command.Select(Quote)))];
        if (form == PlanForm.Lines)
            return string.Concat(lines.Select(line => line + "\n"));
        string[] arrays = [.. lines.Chunk(arraySize).Select(jobs => Array(jobs, title, threads))];
        return arrays.Length <= 1 ? string.Concat(arrays) : "#!/bin/sh\nset -e\n" + string.Concat(arrays.Select(array => $"sbatch <<'{EndOfArray}'\n{array}{EndOfArray}\n"));
    }

    private static string Array(string[] jobs, string title, int? threads)
    {
        var text = new StringBuilder();
        text.Append("#!/bin/sh\n")
            .Append(Invariant($"#SBATCH --job-name={title}\n"))
            .Append(Invariant($"#SBATCH --array=0-{jobs.Length - 1}\n"));
        if (threads is not null)
            text.Append(Invariant($"#SBATCH --cpus-per-task={threads}\n"));
        text.Append("case \"$SLURM_ARRAY_TASK_ID\" in\n");
        foreach ((int index, string job) in jobs.Index())
            text.Append(Invariant($"{index}) exec {job}{(threads is null ? ThreadsOfJob : "")} ;;\n"));
        return text.Append("*) echo \"no run has the number '$SLURM_ARRAY_TASK_ID'\" >&2; exit 2 ;;\nesac\n").ToString();
    }

    /// <summary>A word for a POSIX shell.</summary>
    public static string Quote(string word) => Plain.IsMatch(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
