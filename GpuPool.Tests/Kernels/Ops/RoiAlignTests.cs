using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class RoiAlignTests
{
    // A box within the map, one across its border, one that is empty, one outside, one much smaller than a cell, one with its edges swapped.
    private static readonly double[] Boxes =
        [0, 1.3, 2.1, 9.2, 11.7, 1, -6, -3, 5.5, 7.2, 0, 3, 3, 3, 3, 1, 40, 40, 50, 60, 1, 4.3, 4.4, 4.5, 4.7, 0, 9, 8, 2, 3];

    [Test]
    public void Gradient_equals_differences([Values] bool aligned, [Values(0, 2)] int samples)
    {
        Tensor Align(Tensor[] x) => Tape.Record(new RoiAlign(3, 2, 0.5, aligned, samples), x[0], Tensor.Leaf(Devices.Cpu.Upload(new Shape(6, 5), Boxes)));
        void Check() => Assert.That(new GradientCheck().Run(Devices.Cpu, Align, (new Shape(2, 6, 7, 3), Draw.Normal(252, 1))), Is.Null);
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void A_bin_of_one_cell_is_that_cell_and_of_four_their_mean()
    {
        double[] ramp = [.. Enumerable.Range(0, 16).Select(cell => (double)cell)];
        Assert.That(Align(new RoiAlign(4, 4, 1), new Shape(1, 4, 4, 1), ramp, [0, 0, 0, 4, 4]), Is.EqualTo(ramp).Within(1e-14));
        Assert.That(Align(new RoiAlign(2, 2, 0.5), new Shape(1, 4, 4, 1), ramp, [0, 0, 0, 8, 8]), Is.EqualTo(new[] { 2.5, 4.5, 10.5, 12.5 }).Within(1e-14));
    }

    [Test]
    public void Beyond_the_border_the_map_goes_on_for_one_cell_and_is_then_zero() =>
        Assert.That(Align(new RoiAlign(1, 4, 1, Aligned: false, Samples: 1), new Shape(1, 1, 2, 1), [5, 7], [0, -2, 0, 2, 1]), Is.EqualTo(new double[] { 0, 5, 6, 7 }).Within(1e-14));

    [Test]
    public void An_empty_box_is_zero_where_aligned_and_a_cell_where_not()
    {
        double[] box = [0, 1, 1, 1, 1];
        Assert.That(Align(new RoiAlign(1, 1, 1), new Shape(1, 3, 3, 1), [.. Enumerable.Repeat(3.0, 9)], box), Is.EqualTo(new[] { 0.0 }));
        Assert.That(Align(new RoiAlign(1, 1, 1, Aligned: false), new Shape(1, 3, 3, 1), [.. Enumerable.Repeat(3.0, 9)], box), Is.EqualTo(new[] { 3.0 }).Within(1e-14));
    }

    [TestCase(new[] { 2.0, 0, 0, 1, 1 })]
    [TestCase(new[] { -1.0, 0, 0, 1, 1 })]
    [TestCase(new[] { 0.5, 0, 0, 1, 1 })]
    [TestCase(new[] { 0, double.NaN, 0, 1, 1 })]
    [TestCase(new[] { 0, 0, 0, double.PositiveInfinity, 1 })]
    [TestCase(new[] { 0, 0, -1e30, 1, 1 })]
    public void What_is_no_box_of_an_image_gives_NaN_and_takes_no_part_in_the_gradient(double[] box)
    {
        void Check()
        {
            using ArrayScope scope = Devices.Cpu.OpenScope();
            DeviceArray[] inputs = [Devices.Cpu.Upload(new Shape(2, 2, 2, 1), Draw.Normal(8, 1)), Devices.Cpu.Upload(new Shape(1, 5), box)];
            var op = new RoiAlign(1, 1, 1);
            OpResult result = op.Forward(inputs, keep: true);
            Assert.That(result.Output.ToDoubles(), Is.All.NaN);
            Assert.That(op.Backward(inputs, result, Devices.Cpu.Upload(new Shape(1, 1, 1, 1), [1.0]), [true, false])[0]!.ToDoubles(), Is.All.Zero);
        }
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void No_boxes_are_no_bins_and_their_gradient_zero()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] inputs = [Devices.Cpu.Upload(new Shape(1, 2, 2, 1), Draw.Normal(4, 1)), Devices.Cpu.Upload(new Shape(0, 5), Array.Empty<double>())];
        var op = new RoiAlign(7, 7, 1);
        OpResult result = op.Forward(inputs, keep: true);
        Assert.That(result.Output.Shape, Is.EqualTo(new Shape(0, 7, 7, 1)));
        Assert.That(op.Backward(inputs, result, Devices.Cpu.Upload(new Shape(0, 7, 7, 1), Array.Empty<double>()), [true, false])[0]!.ToDoubles(), Is.All.Zero);
    }

    [Test]
    public void Boxes_without_an_image_are_refused() =>
        Assert.That(() => new RoiAlign(7, 7, 1).Infer([new Shape(1, 2, 2, 1), new Shape(3, 4)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("RoiAlign: boxes must be (K, 5) = (3, 5), but is (3, 4)."));

    private static double[] Align(RoiAlign op, Shape map, double[] values, double[] box) => OpCheck.Forward(op, (map, values), (new Shape(1, 5), box));
}
