using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Events;

/// <summary>Writes what a run shows as events beside what another monitor does: the means of the running epoch by step, and what an epoch showed by epoch.</summary>
/// <param name="shown">The other monitor.</param>
/// <param name="file">Where to write.</param>
internal sealed class EventMonitor(ITrainingMonitor shown, EventFile file) : ITrainingMonitor
{
    /// <inheritdoc/>
    public void Step(TrainingProgress progress)
    {
        Write("running", progress.StepsDone, progress.Measures);
        shown.Step(progress);
    }

    /// <inheritdoc/>
    public void Epoch(EpochRecord record, int epochs)
    {
        Write("train", record.Epoch, record.Train);
        Write("test", record.Epoch, record.Test);
        file.Number("epoch/learning_rate", record.Epoch, record.LearningRate);
        file.Number("epoch/images_per_second", record.Epoch, record.ImagesPerSecond);
        file.Number("epoch/peak_bytes", record.Epoch, record.PeakBytes);
        shown.Epoch(record, epochs);
    }

    /// <inheritdoc/>
    public void Warn(string message) => shown.Warn(message);

    private void Write(string group, long step, Measures measures)
    {
        foreach (Measure measure in measures)
            file.Number($"{group}/{measure.Name}", step, measure.Value);
    }
}
