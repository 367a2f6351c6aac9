using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class GlobalAveragePoolTests
{
    [Test]
    public void Gradient_equals_differences() =>
        OpCheck.Gradients(() => new GlobalAveragePool(), (new Shape(2, 3, 4, 5), Draw.Normal(120, 2)));

    [Test]
    public void Output_is_one_mean_a_channel()
    {
        double[] y = OpCheck.Forward(new GlobalAveragePool(), (new Shape(1, 2, 2, 2), [1, 10, 2, 20, 3, 30, 6, 40]));
        Assert.That(y, Is.EqualTo(new[] { 3.0, 25.0 }));
        Assert.That(new GlobalAveragePool().Infer([new Shape(4, 2, 2, 2)]), Is.EqualTo(new Shape(4, 2)));
    }

    [Test]
    public void An_empty_map_is_refused() =>
        Assert.That(() => new GlobalAveragePool().Infer([new Shape(2, 0, 3, 1)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "GlobalAveragePool: x must be (N, H, W, C) with H, W >= 1, but is (2, 0, 3, 1)."));
}
