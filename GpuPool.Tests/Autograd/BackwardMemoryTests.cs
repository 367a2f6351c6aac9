using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Tests.Autograd;

/// <summary>What a backward pass takes without a scope, it returns, but for the gradients of leaves.</summary>
public sealed class BackwardMemoryTests
{
    private Device _device = null!;

    [SetUp]
    public void Open() => _device = Device.Open(DeviceKind.Cpu, threads: 1);

    [TearDown]
    public void Close() => _device.Dispose();

    [Test]
    public void The_seed_is_returned()
    {
        Parameter x = Leaf(1);
        Tensor y = x.Exp();
        y.Backward();
        y.Value.Dispose();
        x.ClearGradient();
        x.Value.Dispose();
        Assert.That(_device.LiveBytes, Is.Zero);
    }

    [Test]
    public void Gradients_are_returned_when_the_pass_fails_half_way()
    {
        Parameter x = Leaf(1 << 16);
        Tensor twice = x.Add(x), y = twice.Exp().Multiply(twice);
        DeviceArray seed = _device.Allocate(y.Shape);
        long before = _device.LiveBytes;
        // There is room for the gradient of one factor, and none for that of the other.
        _device.MemoryLimitBytes = _device.ReservedBytes + x.Value.Bytes * 3 / 2;
        Assert.That(() => y.Backward(seed), Throws.TypeOf<DeviceMemoryException>());
        Assert.That(_device.LiveBytes, Is.EqualTo(before));
    }

    [Test]
    public void A_gradient_takes_the_place_of_one_that_nobody_reads_any_more()
    {
        Parameter x = Leaf(1 << 16);
        Tensor y = x.Relu().Relu().Relu();
        DeviceArray seed = _device.Upload(y.Shape, new float[1 << 16]);
        _device.ResetPeak();
        long before = _device.PeakBytes;
        y.Backward(seed);
        Assert.That(_device.PeakBytes - before, Is.EqualTo(x.Value.Bytes));
    }

    [Test]
    public void A_gradient_that_others_read_stays_as_it_is()
    {
        Parameter a = new(_device.Upload(new Shape(2), [-1f, 1])), b = new(_device.Upload(new Shape(2), [1f, -1]));
        DeviceArray seed = _device.Upload(new Shape(2), [2f, 3]);
        a.Relu().Add(b.Relu()).Add(a).Backward(seed);
        Assert.That(a.Gradient!.ToDoubles(), Is.EqualTo([2.0, 6]));
        Assert.That(b.Gradient!.ToDoubles(), Is.EqualTo([2.0, 0]));
        Assert.That(seed.ToDoubles(), Is.EqualTo([2.0, 3]));
    }

    [Test]
    public void An_upload_of_too_few_values_takes_nothing()
    {
        Assert.That(() => _device.Upload(new Shape(3), [1f, 2f]), Throws.TypeOf<ShapeException>().With.Message.EqualTo("CopyFrom: (3) takes 3 values, but got 2."));
        Assert.That(_device.LiveBytes, Is.Zero);
    }

    private Parameter Leaf(int count) => new(_device.Upload(new Shape(count), new float[count]));
}
