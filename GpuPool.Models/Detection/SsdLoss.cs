using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Detection;

/// <summary>
/// What SSD minimises for each picture: cross-entropy of the anchors that show an object and of the hardest others, and smooth L1 of the former's deltas, both over the number of
/// the former in the batch, to which a picture adds one at least.
/// </summary>
/// <param name="Class">(N, 1)</param>
/// <param name="Box">(N, 1)</param>
/// <param name="Targets">What the anchors should say.</param>
public sealed record SsdLoss(Tensor Class, Tensor Box, SsdTargets Targets)
{
    /// <summary>The losses of a batch.</summary>
    /// <param name="options">How anchors are matched, encoded and chosen.</param>
    /// <param name="anchors">The anchors.</param>
    /// <param name="logits">(N, anchors, classes), the background last.</param>
    /// <param name="deltas">(N, anchors, 4)</param>
    /// <param name="objects">What each picture shows.</param>
    public static SsdLoss Of(SsdOptions options, ReadOnlySpan<Box> anchors, Tensor logits, Tensor deltas, IReadOnlyList<IReadOnlyList<LabelledBox>> objects)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(objects);
        var targets = new SsdTargets(options, anchors, objects);
        var rows = new Shape(objects.Count * anchors.Length);
        Tensor losses = logits.Reshape(new Shape(rows.Count, logits.Shape.Channels)).CrossEntropy(Constant(rows, targets.Labels));
        Tensor classes = losses.Multiply(Constant(rows, targets.ClassWeights(losses.Value.ToDoubles())));
        Tensor boxes = deltas.SmoothL1(Constant(deltas.Shape, targets.Deltas), Constant(deltas.Shape, targets.BoxWeights()));
        return new SsdLoss(Sums(classes), Sums(boxes), targets);

        Tensor Constant(Shape shape, float[] values) => Tensor.Leaf(logits.Device.Upload(shape, values, logits.DType));
        Tensor Sums(Tensor x) => x.Reshape(new Shape(objects.Count, x.Shape.Count / objects.Count)).Sum(1);
    }
}
