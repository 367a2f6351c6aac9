namespace GpuPool.Experiments.Training;

/// <summary>What to do when loss, test loss or weights leave the finite numbers; no later step could mend it.</summary>
internal enum NonfiniteLoss
{
    /// <summary>End with <see cref="ExitCode.Diverged"/>; the last checkpoint before it stays.</summary>
    Stop,

    /// <summary>Test the network as it is, and end the run with this epoch as a result: for ablations that the paper reports at chance.</summary>
    Record,
}
