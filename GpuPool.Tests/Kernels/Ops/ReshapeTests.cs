using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class ReshapeTests
{
    [Test]
    public void Gradient_passes_through() => OpCheck.Gradients(() => new Reshape(new Shape(3, 5)), (new Shape(5, 3), Draw.Normal(15, 2)));

    [Test]
    public void Nothing_is_copied()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(6), Draw.Normal(6, 1));
        long before = Devices.Cpu.LiveBytes;
        DeviceArray y = new Reshape(new Shape(2, 3)).Forward([x], keep: true).Output;
        Assert.That(Devices.Cpu.LiveBytes, Is.EqualTo(before));
        Assert.That(y.ToDoubles(), Is.EqualTo(x.ToDoubles()));
    }

    [Test]
    public void Another_number_of_elements_is_refused() =>
        Assert.That(() => new Reshape(new Shape(2, 3)).Infer([new Shape(5)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Reshape: x must be of 6 elements, to become (2, 3), but is (5)."));
}
