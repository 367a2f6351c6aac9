using System.Globalization;
using Spectre.Console;

namespace GpuPool.Experiments.Training;

/// <summary>A progress bar with loss, accuracy, speed and the time left, on a terminal; lines of epochs stay, some seconds apart.</summary>
internal sealed class LiveMonitor(IAnsiConsole console, ProgressTask task) : ITrainingMonitor
{
    private readonly Pace _pace = new();

    /// <summary>Does some work under a monitor that suits the writer: live on a terminal, plain lines elsewhere.</summary>
    public static T Watch<T>(TextWriter writer, string title, Func<ITrainingMonitor, T> work)
    {
        if (!Terminal.IsTerminal(writer))
            return work(new PlainMonitor(writer, title));
        IAnsiConsole console = Terminal.Over(writer);
        console.WriteLine(title);
        return console.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left, Wrap = false },
                new ProgressBarColumn { Width = 10 },
                new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context => work(new LiveMonitor(console, context.AddTask("starting", autoStart: true, maxValue: 1))));
    }

    /// <inheritdoc/>
    public void Step(TrainingProgress progress)
    {
        task.MaxValue = progress.AllSteps;
        task.Value = progress.StepsDone;
        task.Description = string.Create(CultureInfo.InvariantCulture,
            $"epoch {progress.Epoch}/{progress.Epochs}: {progress.Measures}, {progress.ImagesPerSecond:F0} images/s");
    }

    /// <inheritdoc/>
    public void Epoch(EpochRecord record, int epochs)
    {
        if (_pace.IsDue(always: record.Epoch == epochs))
            console.WriteLine(record.Summary(epochs));
    }

    /// <inheritdoc/>
    public void Warn(string message) => console.WriteLine($"gpupool: {message}");
}
