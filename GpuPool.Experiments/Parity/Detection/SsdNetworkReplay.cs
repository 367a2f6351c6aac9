using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>A whole SSD: maps in evaluation and training, losses, gradients.</summary>
internal static class SsdNetworkReplay
{
    // In training, batch norm has few values in the last two levels, and float32 loses digits there.
    private const int FewValues = 2;
    private const double FewValuesTolerance = 2e-2;

    /// <summary>That of the released configuration.</summary>
    public static IReadOnlyList<ReplayKind> Kinds => [WholeDetector.Kind<Ssd>("ssd", "ssd", Replay)];

    private static IReadOnlyList<ReplayedTensor> Replay(Device device, Recording recording, DType type, Ssd detector)
    {
        double tolerance = WholeDetector.Tolerance(type), lossTolerance = WholeDetector.LossTolerance(type);
        Tensor images = recording.RuledImages(device, type);
        List<ReplayedTensor> tensors = [];
        using (GradientMode.Off())
            Compare("eval", _ => tolerance);
        detector.Training = true;
        int levelCount = recording.Levels("train.cls_score").Length;
        SsdPrediction prediction = Compare("train", level => type == DType.Float32 && level >= levelCount - FewValues ? FewValuesTolerance : tolerance);
        SsdLoss loss = detector.Head.Loss(prediction, recording.Objects());
        Tensor total = loss.Class.Sum().Add(loss.Box.Sum());
        total.Backward();
        return
        [
            .. tensors,
            recording.Compare("train.loss_cls", loss.Class, lossTolerance), recording.Compare("train.loss_bbox", loss.Box, lossTolerance),
            recording.Compare("train.total", total, lossTolerance), .. recording.CompareGradients(detector, type), recording.CompareRunningMeans(detector, type),
        ];

        SsdPrediction Compare(string mode, Func<int, double> levelTolerance)
        {
            IReadOnlyList<Tensor> levels = detector.Levels(images);
            SsdPrediction maps = detector.Head.Call(levels);
            tensors.AddRange(recording.CompareFeatures(mode, levels, levelTolerance));
            tensors.AddRange(recording.CompareMaps($"{mode}.cls_score", maps.Classes, levelTolerance));
            tensors.AddRange(recording.CompareMaps($"{mode}.bbox_pred", maps.Boxes, levelTolerance));
            return maps;
        }
    }
}
