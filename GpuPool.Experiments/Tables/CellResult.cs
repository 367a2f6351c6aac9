using System.Text.Json;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>What one finished run of a cell showed: <c>result.json</c> in the folder of the run. A rerun finds it there and skips the run.</summary>
internal sealed record CellResult
{
    /// <summary>What was trained.</summary>
    public required TrainingConfig Config { get; init; }

    /// <summary>Data set, without the place where it was: <c>synthetic</c>, <c>stl10</c>, or <c>folder:NAME</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Best test accuracy of all epochs.</summary>
    public required double BestAccuracy { get; init; }

    /// <summary>Epoch of the best test accuracy, from 1.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>Test accuracy after the last epoch.</summary>
    public required double LastAccuracy { get; init; }

    /// <summary>Mean training loss of the first epoch.</summary>
    public required double FirstLoss { get; init; }

    /// <summary>Mean training loss of the last epoch.</summary>
    public required double LastLoss { get; init; }

    /// <summary>The epochs.</summary>
    public required IReadOnlyList<EpochRecord> Epochs { get; init; }

    /// <summary>Epoch in which the loss left the finite numbers; null for a run that did not diverge.</summary>
    public int? DivergedEpoch => Epochs.FirstOrDefault(epoch => !double.IsFinite(epoch.TrainLoss))?.Epoch;

    /// <summary>Training images.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Test images.</summary>
    public required int TestImages { get; init; }

    /// <summary>Trained numbers of the network.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-adds of one image, attention included.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>Most device memory in use at any moment.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Where it ran.</summary>
    public required string Device { get; init; }

    /// <summary>Version and commit of the program.</summary>
    public required string Revision { get; init; }

    /// <summary>Time of the run.</summary>
    public required double Seconds { get; init; }

    /// <summary>The result of this configuration in a folder; null if there is none.</summary>
    public static CellResult? Read(string folder, TrainingConfig config)
    {
        string file = File(folder);
        if (!System.IO.File.Exists(file))
            return null;
        try
        {
            var result = JsonSerializer.Deserialize<CellResult>(System.IO.File.ReadAllText(file), Json.Indented);
            return result?.Config == config ? result : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Saves the result.</summary>
    public void Write(string folder) => AtomicFile.WriteText(File(folder), JsonSerializer.Serialize(this, Json.Indented) + "\n");

    private static string File(string folder) => Path.Combine(folder, "result.json");
}
