using GpuPool.Experiments.Tasks;

namespace GpuPool.Experiments.Training;

/// <summary>Watches a training run.</summary>
internal interface ITrainingMonitor
{
    /// <summary>A step is done.</summary>
    void Step(TrainingProgress progress);

    /// <summary>An epoch is done and logged.</summary>
    void Epoch(EpochRecord record, int epochs);

    /// <summary>Something the user should know, in one line; the training goes on.</summary>
    void Warn(string message);
}

/// <summary>Where a run stands after a step.</summary>
/// <param name="Epoch">Current epoch, from 1.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="Steps">Steps of an epoch.</param>
/// <param name="Measures">Of this epoch so far, on training images.</param>
/// <param name="ImagesPerSecond">Speed in this epoch so far.</param>
internal readonly record struct TrainingProgress(int Epoch, int Epochs, int Step, int Steps, Measures Measures, double ImagesPerSecond)
{
    /// <summary>Steps done since the first epoch.</summary>
    public long StepsDone => (Epoch - 1L) * Steps + Step;

    /// <summary>Steps of the whole run.</summary>
    public long AllSteps => (long)Epochs * Steps;
}
