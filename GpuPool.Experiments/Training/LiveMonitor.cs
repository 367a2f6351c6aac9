using GpuPool.Experiments.Report;
using Spectre.Console;

namespace GpuPool.Experiments.Training;

/// <summary>A progress bar with loss, accuracy, speed and the time left, on a terminal; lines of epochs stay, some seconds apart.</summary>
internal sealed class LiveMonitor(IAnsiConsole console, ProgressTask task, string title) : ITrainingMonitor
{
    private readonly Pace _pace = new();

    /// <summary>Does some work under a monitor that suits the writer: live on a terminal, plain lines elsewhere.</summary>
    public static T Watch<T>(TextWriter writer, string title, Func<ITrainingMonitor, T> work)
    {
        if (!Terminal.IsTerminal(writer))
            return work(new PlainMonitor(writer, title));
        IAnsiConsole console = Terminal.Over(writer);
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new LiveMonitor(console, context.AddTask(Markup.Escape(title), autoStart: true, maxValue: 1), title)));
    }

    /// <inheritdoc/>
    public void Step(TrainingProgress progress)
    {
        task.MaxValue = progress.AllSteps;
        task.Value = progress.StepsDone;
        task.Description = Markup.Escape($"{title}: {PlainMonitor.Describe(progress)}");
    }

    /// <inheritdoc/>
    public void Epoch(EpochRecord record, int epochs)
    {
        if (_pace.IsDue(always: record.Epoch == epochs))
            console.MarkupLine(Markup.Escape($"{title}: {PlainMonitor.Describe(record, epochs)}"));
    }
}
