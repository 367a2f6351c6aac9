using GpuPool.Experiments.Training;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Learning rates of mmcv, for the detector that the file is named after: <c>schedule-ssd</c>, <c>schedule-faster-rcnn</c> or <c>schedule-yolov3</c>.</summary>
internal static class ScheduleReplay
{
    private const double Tolerance = 1e-9;

    /// <summary>The rates of every so manieth step.</summary>
    public static IReadOnlyList<ReplayKind> Kinds => [new("mmcv lr hook", ReplayKind.Wide, Rates)];

    private static IEnumerable<ReplayedTensor> Rates(Device device, Recording recording, DType type)
    {
        string detector = recording.Name[(recording.Name.IndexOf('-', StringComparison.Ordinal) + 1)..].Replace('-', '_');
        TrainingConfig config = DetectorRecipe.Of(detector) with { LearningRate = recording.Number<double>("base_lr"), Epochs = recording.Number<int>("epochs") };
        (int every, int steps) = (recording.Number<int>("every"), recording.Number<int>("iterations_per_epoch"));
        double[] recorded = recording.Values("lr");
        IEnumerable<double> rates = Enumerable.Range(0, recorded.Length).Select(row => config.LearningRateAt(1 + row * every / steps, row * every));
        yield return new ReplayedTensor("lr", [.. rates], recorded, Tolerance) { Measure = ErrorMeasure.Absolute };
    }
}
