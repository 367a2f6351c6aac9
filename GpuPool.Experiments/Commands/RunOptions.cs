using System.CommandLine;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Commands;

/// <summary>
/// Where a run is kept and how: <c>--run DIR</c>, <c>--resume</c>, <c>--allow-other-classes</c>, <c>--on-nonfinite stop|record</c>, <c>--checkpoint-steps N</c> and
/// <c>--checkpoint-minutes N</c>.
/// </summary>
/// <param name="folder">What the folder is.</param>
internal sealed class RunOptions(string folder)
{
    private static readonly TrainingOptions Defaults = new();

    private readonly Option<string> _run = new("--run") { Description = folder, Required = true, HelpName = "DIR" };
    private readonly Option<bool> _resume = new("--resume") { Description = "Continue the run in the folder, or start it where there is none." };
    private readonly Option<bool> _allowOtherClasses = Options.AllowOtherClasses();
    private readonly Option<NonfiniteLoss> _onNonfinite = Options.Choice(
        "--on-nonfinite",
        Defaults.OnNonfinite,
        "When loss or weights leave the finite numbers: stop with exit code 20, or record the epoch as a result and end. Such an epoch is never the best.");
    private readonly Option<int?> _checkpointSteps = Options.Count("--checkpoint-steps", "Save the run after so many steps within an epoch, too.");
    private readonly Option<double> _checkpointMinutes = Options.Number(
        "--checkpoint-minutes", Defaults.CheckpointMinutes, 0, "Save the run after so many minutes within an epoch.");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _run, _resume, _allowOtherClasses, _onNonfinite, _checkpointSteps, _checkpointMinutes })
            command.Add(option);
    }

    /// <summary>A source of pictures for a network or a detector, checked and in the one form that configurations have.</summary>
    public static string Source(string architecture, string data) =>
        DetectorArchitecture.IsDetector(architecture) ? DetectionSource.Parse(data).ToString() : DatasetSource.Parse(data).ToString();

    /// <summary>The folder.</summary>
    public string Folder(ParseResult parsed) => parsed.GetRequiredValue(_run);

    /// <summary>Whether the data set may have other classes than the run.</summary>
    public bool AllowsOtherClasses(ParseResult parsed) => parsed.GetValue(_allowOtherClasses);

    /// <summary>Opens the folder for a run of this configuration; of one that is refused nothing is left there.</summary>
    public RunFolder Open(ParseResult parsed, Device device, TrainingConfig config, ITask task)
    {
        Trainer.Check(device, config, task);
        return RunFolder.Open(Folder(parsed), config, task.ClassNames, parsed.GetValue(_resume), AllowsOtherClasses(parsed));
    }

    /// <summary>How the run is kept.</summary>
    public TrainingOptions Training(ParseResult parsed) => new()
    {
        OnNonfinite = parsed.GetValue(_onNonfinite),
        CheckpointSteps = parsed.GetValue(_checkpointSteps),
        CheckpointMinutes = parsed.GetValue(_checkpointMinutes),
    };
}
