using System.Text;
using System.Text.RegularExpressions;

namespace GpuPool.Experiments.Tables;

/// <summary>How a plan is written.</summary>
internal enum PlanForm
{
    /// <summary>A command a line, quoted for a POSIX shell, as GNU parallel reads them.</summary>
    Lines,

    /// <summary>A script for <c>sbatch</c>: an array of jobs with a command each.</summary>
    Slurm,
}

/// <summary>Commands that do the runs of a table elsewhere, each alone.</summary>
internal static partial class CellPlan
{
    [GeneratedRegex(@"^[A-Za-z0-9_./:=,+%@-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Plain { get; }

    /// <summary>The text of a plan; empty for no commands.</summary>
    /// <param name="form">How it is written.</param>
    /// <param name="commands">File and arguments of each.</param>
    /// <param name="title">Name of the array.</param>
    /// <param name="threads">Processors that each takes; null where that is not said.</param>
    public static string Text(PlanForm form, IReadOnlyList<IReadOnlyList<string>> commands, string title, int? threads)
    {
        string[] lines = [.. commands.Select(command => string.Join(' ', command.Select(Quote)))];
        var text = new StringBuilder();
        if (form == PlanForm.Lines || lines.Length == 0)
            return text.AppendJoin('\n', lines.Append("")).ToString();
        text.Append("#!/bin/sh\n")
            .Append(Invariant($"#SBATCH --job-name={title}\n"))
            .Append(Invariant($"#SBATCH --array=0-{lines.Length - 1}\n"));
        if (threads is not null)
            text.Append(Invariant($"#SBATCH --cpus-per-task={threads}\n"));
        text.Append("case \"$SLURM_ARRAY_TASK_ID\" in\n");
        foreach ((int index, string line) in lines.Index())
            text.Append(Invariant($"{index}) exec {line} ;;\n"));
        return text.Append("*) echo \"no run has the number '$SLURM_ARRAY_TASK_ID'\" >&2; exit 2 ;;\nesac\n").ToString();
    }

    /// <summary>A word for a POSIX shell.</summary>
    public static string Quote(string word) => Plain.IsMatch(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
