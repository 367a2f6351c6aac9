using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class AdaptiveAveragePool2dTests
{
    [Test]
    public void Windows_are_those_of_PyTorch() =>
        Assert.That(OpCheck.Forward(new AdaptiveAveragePool2d(1, 3), (new Shape(1, 1, 5, 1), [1, 2, 4, 8, 16])), Is.EqualTo(new[] { 1.5, 14.0 / 3, 12 }).Within(1e-14));

    [Test]
    public void A_cell_is_repeated_where_the_map_is_the_smaller_one() =>
        Assert.That(OpCheck.Forward(new AdaptiveAveragePool2d(2, 3), (new Shape(1, 1, 2, 1), [1, 3])), Is.EqualTo(new double[] { 1, 2, 3, 1, 2, 3 }));

    [Test]
    public void An_empty_output_is_refused() =>
        Assert.That(() => new AdaptiveAveragePool2d(0, 7).Infer([new Shape(1, 4, 4, 1)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "AdaptiveAveragePool2d: the output must have a height and a width of at least 1, but they are 0 and 7."));
}
