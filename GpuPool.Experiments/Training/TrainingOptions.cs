namespace GpuPool.Experiments.Training;

/// <summary>How a run is kept, which does not change what it computes.</summary>
internal sealed record TrainingOptions
{
    /// <summary>What to do when the loss leaves the finite numbers.</summary>
    public NonfiniteLoss OnNonfinite { get; init; } = NonfiniteLoss.Stop;

    /// <summary>Steps between two checkpoints within an epoch; null for no such limit. There is also one after each epoch.</summary>
    public int? CheckpointSteps { get; init; }

    /// <summary>Time between two checkpoints within an epoch.</summary>
    public double CheckpointMinutes { get; init; } = 5;

    /// <summary>Whether a checkpoint is due.</summary>
    /// <param name="steps">Steps since the last one.</param>
    /// <param name="time">Time since the last one.</param>
    public bool IsCheckpointDue(int steps, TimeSpan time) => steps >= CheckpointSteps || time.TotalMinutes >= CheckpointMinutes;
}
