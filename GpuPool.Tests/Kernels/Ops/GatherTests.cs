using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class GatherTests
{
    [Test]
    public void Gradient_equals_differences()
    {
        static Tensor Rows(Tensor[] x) => x[0].Gather(Tensor.Leaf(Devices.Cpu.Upload(new Shape(4), [2.0, 0, 2, 4])));
        void Check() => Assert.That(new GradientCheck().Run(Devices.Cpu, Rows, (new Shape(5, 2, 3), Draw.Normal(30, 1))), Is.Null);
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void Rows_come_in_the_order_of_the_choice() =>
        Assert.That(OpCheck.Forward(new Gather(), (new Shape(3, 2), [0, 1, 2, 3, 4, 5]), (new Shape(4), [2, 0, 0, 1])), Is.EqualTo(new double[] { 4, 5, 0, 1, 0, 1, 2, 3 }));

    [TestCase(-1.0)]
    [TestCase(2.0)]
    [TestCase(0.5)]
    [TestCase(1e30)]
    [TestCase(double.NaN)]
    public void An_index_that_is_no_row_gives_NaN_and_takes_no_part_in_the_gradient(double index)
    {
        void Check()
        {
            using ArrayScope scope = Devices.Cpu.OpenScope();
            DeviceArray[] inputs = [Devices.Cpu.Upload(new Shape(2, 1), [7.0, 8]), Devices.Cpu.Upload(new Shape(2), [index, 1])];
            OpResult result = new Gather().Forward(inputs, keep: true);
            Assert.That(result.Output.ToDoubles(), Is.EqualTo(new[] { double.NaN, 8 }));
            Assert.That(new Gather().Backward(inputs, result, Devices.Cpu.Upload(new Shape(2, 1), [3.0, 5]), [true, false])[0]!.ToDoubles(), Is.EqualTo(new[] { 0.0, 5 }));
        }
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void Nothing_chosen_is_nothing_and_its_gradient_zero()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] inputs = [Devices.Cpu.Upload(new Shape(2, 3), Draw.Normal(6, 1)), Devices.Cpu.Upload(new Shape(0), Array.Empty<double>())];
        OpResult result = new Gather().Forward(inputs, keep: true);
        Assert.That(result.Output.Shape, Is.EqualTo(new Shape(0, 3)));
        Assert.That(new Gather().Backward(inputs, result, Devices.Cpu.Upload(new Shape(0, 3), Array.Empty<double>()), [true, false])[0]!.ToDoubles(), Is.All.Zero);
    }

    [Test]
    public void An_index_of_two_axes_is_refused() =>
        Assert.That(() => new Gather().Infer([new Shape(4, 10), new Shape(3, 1)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Gather: index must be (M), but is (3, 1)."));
}
