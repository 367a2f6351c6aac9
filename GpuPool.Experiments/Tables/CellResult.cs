using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>What one finished run of a cell showed: <c>result.json</c> in the folder of the run. A rerun finds it there and skips the run.</summary>
internal sealed record CellResult
{
    private const string FileName = "result.json";

    /// <summary>What was trained.</summary>
    public required TrainingConfig Config { get; init; }

    /// <summary>Data set, without the place where it was: <c>synthetic</c>, <c>stl10</c>, or <c>folder:NAME</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Best score in the test of all finite epochs; that after the last where there is none, as the paper prints ablations that stay at chance.</summary>
    [JsonPropertyName("best_accuracy")]
    public required double BestScore { get; init; }

    /// <summary>Epoch of the best score, from 1; null where no epoch is finite.</summary>
    public required int? BestEpoch { get; init; }

    /// <summary>Score in the test after the last epoch.</summary>
    [JsonPropertyName("last_accuracy")]
    public required double LastScore { get; init; }

    /// <summary>Mean training loss of the first epoch.</summary>
    public required double FirstLoss { get; init; }

    /// <summary>Mean training loss of the last epoch.</summary>
    public required double LastLoss { get; init; }

    /// <summary>The epochs.</summary>
    public required IReadOnlyList<EpochRecord> Epochs { get; init; }

    /// <summary>Epoch in which training left the finite numbers; null for a run that did not diverge.</summary>
    [JsonIgnore]
    public int? DivergedEpoch => Epochs.FirstOrDefault(epoch => !epoch.IsFinite)?.Epoch;

    /// <summary>What the test of the best epoch showed; that of the last where no epoch is finite.</summary>
    [JsonIgnore]
    public Measures BestTest => (Epochs.FirstOrDefault(epoch => epoch.Epoch == BestEpoch) ?? Epochs[^1]).Test;

    /// <summary>Of a detector, the surest that the test after the last epoch found in its first picture; null where nothing was recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FoundBox>? Found { get; init; }

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

    /// <summary>For example <c>test accuracy 0.7500 in epoch 12, at last 0.6250; loss 0.0123; 31 s</c>.</summary>
    [JsonIgnore]
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"test {BestTest.ScoreName} {BestScore:F4} in epoch {BestEpoch ?? Epochs.Count}, at last {LastScore:F4}; loss {LastLoss:F4}; {Seconds:F0} s");

    /// <summary>The result of this configuration in a folder; null if there is none.</summary>
    /// <exception cref="GpuPoolException">The file is damaged (11).</exception>
    public static CellResult? Read(string folder, TrainingConfig config) => Load(folder) is { } result && result.Config == config ? result : null;

    /// <summary>The result in a folder, of whatever configuration; null if there is none.</summary>
    /// <exception cref="GpuPoolException">The file is damaged (11).</exception>
    public static CellResult? Load(string folder)
    {
        string file = File(folder);
        if (!System.IO.File.Exists(file))
            return null;
        try
        {
            return JsonSerializer.Deserialize<CellResult>(System.IO.File.ReadAllText(file), Json.Indented) ?? throw new JsonException("there is no object");
        }
        catch (JsonException exception)
        {
            throw new GpuPoolException(ExitCode.DataCorrupt, $"{file} is not the result of a run", "Remove it; the run is then done again.", exception);
        }
    }

    /// <summary>Whether a file is one of these, by its name.</summary>
    public static bool IsFile(string path) => Path.GetFileName(path) == FileName;

    /// <summary>Whether another run measured the same to the last bit, wherever and however fast.</summary>
    public bool IsSameMeasurement(CellResult other) =>
        this == other with { Device = Device, Revision = Revision, Seconds = Seconds, PeakBytes = PeakBytes, Epochs = Epochs, Found = Found }
        && Epochs.Select(Measured).SequenceEqual(other.Epochs.Select(Measured));

    /// <summary>Saves the result.</summary>
    public void Write(string folder) => AtomicFile.WriteText(File(folder), JsonSerializer.Serialize(this, Json.Indented) + "\n");

    // Without what depends on the clock and on the device.
    private static EpochRecord Measured(EpochRecord epoch) => epoch with { ImagesPerSecond = 0, Seconds = 0, LiveBytes = 0, PeakBytes = 0 };

    private static string File(string folder) => Path.Combine(folder, FileName);
}
