using System.Globalization;
using System.Text.Json.Serialization;
using GpuPool.Experiments.Tasks;

namespace GpuPool.Experiments.Training;

/// <summary>
/// What one epoch showed: a line of <c>log.jsonl</c> and of <c>log.csv</c>, in which the measures stand under names such as <c>train_loss</c>. A run that was killed
/// and resumed has the same bits in all columns but the two that hold wall-clock time, <see cref="ImagesPerSecond"/> and <see cref="Seconds"/>.
/// </summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="LearningRate">Rate that the schedule has for this epoch; a warm-up leads up to it.</param>
/// <param name="Train">Means over the training images, each at the step that used it.</param>
/// <param name="Test">
/// What a test after the epoch showed; <see cref="Measures.None"/> where there was none. Where the weights were not finite any more its losses are NaN, whatever they gave; those of training are where a test has none.
/// </param>
/// <param name="ImagesPerSecond">Training images over the time of the training steps.</param>
/// <param name="Seconds">Time of the epoch, test included.</param>
/// <param name="LiveBytes">Device memory in use between two steps at the end of the epoch: weights, gradients, momentum.</param>
/// <param name="PeakBytes">Most device memory in use at any moment of the epoch.</param>
[JsonConverter(typeof(EpochRecordConverter))]
public sealed record EpochRecord(
    int Epoch, double LearningRate, Measures Train, Measures Test, double ImagesPerSecond, double Seconds, long LiveBytes, long PeakBytes)
{
    /// <summary>Whether all losses are finite. Else training has diverged: a run ends with such an epoch, and it is never the best.</summary>
    public bool IsFinite => Train.IsFinite && Test.IsFinite;

    /// <summary>For example <c>epoch 3/10: loss 1.8123, accuracy 0.354, test accuracy 0.401, 412 images/s, 93 s, peak 180 MiB</c>.</summary>
    public string Summary(int epochs) => string.Create(
        CultureInfo.InvariantCulture,
        $"epoch {Epoch}/{epochs}: {Train}, {string.Concat(Test.Where(measure => !measure.IsLoss).Select(measure => $"test {measure}, "))}"
        + $"{ImagesPerSecond:F0} images/s, {Seconds:F0} s, peak {PeakBytes >> 20} MiB");
}

/// <summary>What the epochs of a run say together.</summary>
internal static class EpochRecords
{
    /// <summary>
    /// The first finite epoch with the largest score in its test; null where no epoch is finite and was tested. Once there are masks, epochs before them do not count: theirs is another
    /// network.
    /// </summary>
    public static EpochRecord? Best(this IReadOnlyList<EpochRecord> records, TrainingConfig config)
    {
        bool IsMasked(EpochRecord record) => record.Epoch > config.Pruning?.AfterEpoch;
        return records.Where(record => record.IsFinite && record.Test.Count > 0 && IsMasked(record) == IsMasked(records[^1])).MaxBy(record => record.Test.Score);
    }

    /// <summary>Whether no epoch of a run is left: the last one is there, or one that is not finite.</summary>
    public static bool AreAllOf(this IReadOnlyList<EpochRecord> records, TrainingConfig config) =>
        records.Count > 0 && (records.Count == config.Epochs || !records[^1].IsFinite);
}
