using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Detection;

/// <summary>
/// What YOLOv3 minimises, for each level: sums of binary cross-entropies of classes and of shares of the cell (times 2) of the anchors that show an object, of the confidence of these and of
/// background, and of squares of logarithms of extents (times 2). Nothing is divided by.
/// </summary>
/// <param name="Class">A scalar for each level.</param>
/// <param name="Confidence">A scalar for each level.</param>
/// <param name="Centre">A scalar for each level.</param>
/// <param name="Size">A scalar for each level.</param>
/// <param name="Targets">What the anchors of each level should say.</param>
public sealed record YoloLoss(
    IReadOnlyList<Tensor> Class, IReadOnlyList<Tensor> Confidence, IReadOnlyList<Tensor> Centre, IReadOnlyList<Tensor> Size, IReadOnlyList<YoloTargets> Targets)
{
    /// <summary>The losses of a batch.</summary>
    /// <param name="options">How anchors are matched and encoded.</param>
    /// <param name="predictions">What the head says of each level.</param>
    /// <param name="objects">What each picture shows.</param>
    public static YoloLoss Of(YoloOptions options, IReadOnlyList<Tensor> predictions, IReadOnlyList<IReadOnlyList<LabelledBox>> objects)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(objects);
        YoloTargets[] targets = YoloTargets.Of(options, [.. predictions.Select(map => (map.Shape[1], map.Shape[2]))], objects);
        var sums = new (Tensor CrossEntropies, Tensor Squares)[targets.Length];
        for (int level = 0; level < targets.Length; level++)
        {
            Tensor rows = predictions[level].Reshape(new Shape(targets[level].IsObject.Length, options.Columns)), values = Constant(rows, targets[level].Values);
            sums[level] = (
                rows.BinaryCrossEntropy(values, Constant(rows, targets[level].CrossEntropyWeights())).Sum(0),
                rows.SquareLoss(values, Constant(rows, targets[level].SquareWeights())).Sum());
        }
        return new YoloLoss(Columns(5, options.Classes), Columns(4, 1), Columns(0, 2), [.. sums.Select(level => level.Squares)], targets);

        Tensor Constant(Tensor rows, float[] values) => Tensor.Leaf(rows.Device.Upload(rows.Shape, values, rows.DType));
        Tensor[] Columns(int first, int count) => [.. sums.Select(level => level.CrossEntropies.Slice(1, first, count).Sum())];
    }
}
