using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class WantedGradientTests
{
    [Test]
    public void A_gradient_that_nobody_wants_cannot_be_written()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(3), [1f, 1, 1]);
        var call = new BackwardCall([x, x], new OpResult(x, []), x, [false, true]);
        Assert.That(() => call.Gradient(0), Throws.InvalidOperationException.With.Message.EqualTo("Nobody wants the gradient of input 0."));
        Assert.That(() => call.Pass(0), Throws.InvalidOperationException);
        Assert.That(call.GradientIfWanted<float>(0).Length, Is.Zero);
    }
}
