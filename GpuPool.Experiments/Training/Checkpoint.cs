using GpuPool.Experiments.Data;

namespace GpuPool.Experiments.Training;

/// <summary>Everything that the continuation of a run depends on but its tensors, which lie in a file beside it.</summary>
internal sealed record Checkpoint
{
    /// <summary>Build of the program that wrote it; the same bits are promised for the same build.</summary>
    public required string Revision { get; init; }

    /// <summary>What is trained.</summary>
    public required TrainingConfig Config { get; init; }

    /// <summary>Training images, test images and classes of the data set, which must not change under a run.</summary>
    public required DataExtents Data { get; init; }

    /// <summary>Epoch and step.</summary>
    public required TrainingState State { get; init; }

    /// <summary>Processes that trained together.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>Steps of the optimiser.</summary>
    public required int OptimizerSteps { get; init; }

    /// <summary>The finished epochs; the best of them is that of the weights <c>best.*</c>.</summary>
    public required IReadOnlyList<EpochRecord> Epochs { get; init; }
}
