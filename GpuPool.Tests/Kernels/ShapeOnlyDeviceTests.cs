using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;

namespace GpuPool.Tests.Kernels;

public sealed class ShapeOnlyDeviceTests
{
    private static readonly Shape Map = new(1, 4, 4, 3);

    [Test]
    public void An_array_has_a_shape_and_no_elements()
    {
        using DeviceArray array = Device.ShapeOnly.Upload(Map, new float[Map.Count]);
        Assert.That(array.Share(new Shape(48)).Shape, Is.EqualTo(new Shape(48)));
        Assert.That(() => array.ToDoubles(), Throws.InvalidOperationException.With.Message.EqualTo("The array (1, 4, 4, 3) has a shape and no elements: it is on the shape-only device."));
        Assert.That(() => array.CopyFrom([1f, 2f]), Throws.TypeOf<ShapeException>());
        Assert.That(Device.ShapeOnly.LiveBytes, Is.Zero);
    }

    [Test]
    public void More_than_any_memory_takes_none() =>
        Assert.That(Enumerable.Range(0, 1000).Select(_ => Device.ShapeOnly.Allocate(new Shape(1 << 15, 1 << 15)).Bytes).Sum(), Is.EqualTo(1000L << 32));

    [Test]
    public void A_forward_pass_checks_shapes_and_saves_nothing()
    {
        var op = new MaxPool2d(new Window(2, 2));
        OpResult result = op.Forward([Device.ShapeOnly.Allocate(Map)], keep: true);
        Assert.That(result.Output.Shape, Is.EqualTo(new Shape(1, 2, 2, 3)));
        Assert.That(result.Output.Device, Is.SameAs(Device.ShapeOnly));
        Assert.That(result.Saved, Is.Empty);
        Assert.That(() => op.Forward([Device.ShapeOnly.Allocate(new Shape(1, 1, 1, 3))], keep: true), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void There_is_no_backward_pass()
    {
        var op = new Pointwise(PointwiseFunction.Exp);
        DeviceArray x = Device.ShapeOnly.Allocate(Map);
        Assert.That(() => op.Backward([x], op.Forward([x], keep: true), x, [true]), Throws.InvalidOperationException.With.Message.Contains("no elements"));
    }

    [Test]
    public void A_scope_on_one_thread_is_not_seen_by_another()
    {
        using ArrayScope scope = Device.ShapeOnly.OpenScope();
        Assert.That(() => Parallel.For(0, 1000, _ => Device.ShapeOnly.Allocate(Map)), Throws.Nothing);
        Assert.That(Device.ShapeOnly.Allocate(Map).Scope, Is.Null);
    }

    [Test]
    public void It_is_opened_by_no_choice_of_a_user() =>
        Assert.That(DeviceChoice.TryParse(nameof(DeviceKind.ShapeOnly), out _), Is.False);
}
