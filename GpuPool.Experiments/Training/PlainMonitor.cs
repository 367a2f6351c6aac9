using System.Diagnostics;
using System.Globalization;

namespace GpuPool.Experiments.Training;

/// <summary>Prints plain lines, for logs and pipes: one every few seconds, and one at the end.</summary>
internal sealed class PlainMonitor(TextWriter writer, string title) : ITrainingMonitor
{
    private readonly Stopwatch _start = Stopwatch.StartNew();
    private readonly Pace _pace = new();
    private long _firstStep = -1;

    /// <inheritdoc/>
    public void Step(TrainingProgress progress)
    {
        if (_firstStep < 0)
            _firstStep = progress.StepsDone - 1;
        if (!_pace.IsDue())
            return;
        TimeSpan left = _start.Elapsed * ((double)(progress.AllSteps - progress.StepsDone) / (progress.StepsDone - _firstStep));
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{title}: epoch {progress.Epoch}/{progress.Epochs}, step {progress.Step}/{progress.Steps}, {progress.Measures}, "
            + $"{progress.ImagesPerSecond:F0} images/s, {(long)left.TotalHours}:{left:mm\\:ss} left"));
    }

    /// <inheritdoc/>
    public void Epoch(EpochRecord record, int epochs)
    {
        if (_pace.IsDue(always: record.Epoch == epochs))
            writer.WriteLine($"{title}: {record.Summary(epochs)}");
    }

    /// <inheritdoc/>
    public void Warn(string message) => writer.WriteLine($"gpupool: {message}");
}
