using System.Globalization;

namespace GpuPool.Experiments.Data;

/// <summary>Extents of a data set.</summary>
/// <param name="TrainImages">Training images.</param>
/// <param name="TestImages">Test images.</param>
/// <param name="Classes">Classes.</param>
internal sealed record DataExtents(int TrainImages, int TestImages, int Classes)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{TrainImages} training images, {TestImages} test images and {Classes} classes");
}
