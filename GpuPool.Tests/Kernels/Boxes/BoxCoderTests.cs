using GpuPool.Kernels.Boxes;

namespace GpuPool.Tests.Kernels.Boxes;

public sealed class BoxCoderTests
{
    private static readonly Box<double> _anchor = new(10, 20, 30, 60), _box = new(12, 18, 42, 58);

    [Test]
    public void A_coder_without_arguments_divides_by_1() => Assert.That(new DeltaCoder(), Is.EqualTo(new DeltaCoder(CentreDeviation: 1, SizeDeviation: 1, LimitsShrinking: true)));

    // Middles (20, 40) and (27, 38), extents 20 x 40 and 30 x 40.
    [Test]
    public void Deltas_are_differences_of_middles_and_logarithms_of_extents_over_deviations()
    {
        BoxDeltas<double> deltas = new DeltaCoder(0.1, 0.2).Encode(_anchor, _box);
        Assert.That(new[] { deltas.X, deltas.Y, deltas.Width, deltas.Height }, Is.EqualTo(new[] { 3.5, -0.5, 5 * Math.Log(1.5), 0 }).Within(1e-14));
    }

    [Test]
    public void Decoding_undoes_encoding()
    {
        var coder = new DeltaCoder(0.1, 0.2);
        Box<double> box = coder.Decode(_anchor, coder.Encode(_anchor, _box));
        Assert.That(new[] { box.X1, box.Y1, box.X2, box.Y2 }, Is.EqualTo(new[] { 12.0, 18, 42, 58 }).Within(1e-12));
    }

    [TestCase(100, true, 20 * 1000.0 / 16)]
    [TestCase(100, false, 20 * 1000.0 / 16)]
    [TestCase(-100, true, 20 * 16 / 1000.0)]
    [TestCase(-4.2, false, 20 * 0.01499557682047770)]
    public void Decoded_extents_are_limited(double delta, bool limitsShrinking, double width) =>
        Assert.That(new DeltaCoder(LimitsShrinking: limitsShrinking).Decode(_anchor, new BoxDeltas<double>(0, 0, delta, 0)).Width, Is.EqualTo(width).Within(1e-10));

    [Test]
    public void Yolo_predicts_a_share_of_the_cell_and_logarithms_of_extents()
    {
        BoxDeltas<double> target = YoloCoder.Encode(_anchor, _box, 16);
        Assert.That(new[] { target.X, target.Y, target.Width, target.Height }, Is.EqualTo(new[] { 7.0 / 16 + 0.5, -2.0 / 16 + 0.5, Math.Log(1.5), 0 }).Within(1e-14));
        Box<double> box = YoloCoder.Decode(_anchor, target, 16);
        Assert.That(new[] { box.X1, box.Y1, box.X2, box.Y2 }, Is.EqualTo(new[] { 12.0, 18, 42, 58 }).Within(1e-12));
    }

    [Test]
    public void Targets_of_Yolo_stay_within_the_cell_and_finite()
    {
        BoxDeltas<double> target = YoloCoder.Encode(_anchor, new Box<double>(100, -100, 100, -100), 16);
        Assert.That(new[] { target.X, target.Y, target.Width, target.Height }, Is.EqualTo(new[] { 1 - 1e-6, 1e-6, Math.Log(1e-6), Math.Log(1e-6) }).Within(1e-14));
    }
}
