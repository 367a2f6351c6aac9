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
        TimeSpan remaining = _start.Elapsed * ((double)(progress.AllSteps - progress.StepsDone) / (progress.StepsDone - _firstStep));
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{title}: {Describe(progress)}, {remaining:d\\.hh\\:mm\\:ss} left"));
    }

    /// <inheritdoc/>
    public void Epoch(EpochRecord record, int epochs)
    {
        if (_pace.IsDue(always: record.Epoch == epochs))
            writer.WriteLine($"{title}: {Describe(record, epochs)}");
    }

    /// <summary>For example <c>epoch 3/10, step 120/625, loss 1.8123, accuracy 0.354, 412 images/s</c>.</summary>
    public static string Describe(TrainingProgress progress) => string.Create(CultureInfo.InvariantCulture,
        $"epoch {progress.Epoch}/{progress.Epochs}, step {progress.Step}/{progress.Steps}, loss {progress.Loss:F4}, accuracy {progress.Accuracy:F3}, {progress.ImagesPerSecond:F0} images/s");

    /// <summary>For example <c>epoch 3/10: loss 1.8123, accuracy 0.354, test accuracy 0.401, 412 images/s, 93 s, peak 180 MiB</c>.</summary>
    public static string Describe(EpochRecord record, int epochs) => string.Create(CultureInfo.InvariantCulture,
        $"epoch {record.Epoch}/{epochs}: loss {record.TrainLoss:F4}, accuracy {record.TrainAccuracy:F3}, test accuracy {record.TestAccuracy:F3}, {record.ImagesPerSecond:F0} images/s, {record.Seconds:F0} s, peak {record.PeakBytes >> 20} MiB");
}
