using GpuPool.Kernels.Boxes;

namespace GpuPool.Tests.Kernels.Boxes;

public sealed class OverlapTests
{
    private static readonly Box<double> _a = new(0, 0, 4, 2), _b = new(2, 1, 6, 3);

    // 2 of 14 in common; the smallest box around both has 18.
    [Test]
    public void Overlaps_are_shares_of_areas()
    {
        Assert.That(Overlap.Intersection(_a, _b), Is.EqualTo(2));
        Assert.That(Overlap.OverUnion(_a, _b), Is.EqualTo(2.0 / 14).Within(1e-15));
        Assert.That(Overlap.OverFirst(_a, _b), Is.EqualTo(0.25));
        Assert.That(Overlap.Generalised(_a, _b), Is.EqualTo(2.0 / 14 - 4.0 / 18).Within(1e-15));
    }

    [Test]
    public void Boxes_that_only_touch_have_nothing_in_common() => Assert.That(Overlap.OverUnion(_a, _a.Shifted(4, 0)), Is.Zero);

    [Test]
    public void Boxes_far_apart_along_both_axes_have_nothing_in_common() => Assert.That(Overlap.Intersection(_a, _a.Shifted(100, 100)), Is.Zero);

    [Test]
    public void Boxes_without_area_overlap_by_zero_where_a_least_union_divides_and_else_by_no_number()
    {
        var point = new Box<double>(1, 1, 1, 1);
        Assert.That(Overlap.OverUnion(point, point, 1e-6), Is.Zero);
        Assert.That(Overlap.OverUnion(point, point), Is.NaN);
    }
}
