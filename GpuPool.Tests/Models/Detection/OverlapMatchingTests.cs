using GpuPool.Kernels.Boxes;
using GpuPool.Models.Detection;

namespace GpuPool.Tests.Models.Detection;

public sealed class OverlapMatchingTests
{
    private const int Background = OverlapMatching.Background, Ignored = OverlapMatching.Ignored;

    // Overlaps of the anchors with the object [0, 10] x [0, 1]: 1, 0.8, 0.5, 0.3, 0.
    private static readonly Box<double>[] _anchors = [new(0, 0, 10, 1), new(0, 0, 8, 1), new(0, 0, 5, 1), new(0, 0, 3, 1), new(20, 0, 30, 1)];

    [Test]
    public void Thresholds_divide_anchors_into_objects_ignored_and_background() => Assert.That(
        new OverlapMatching(0.8, 0.5).Match<double>(_anchors, [new(0, 0, 10, 1)]), Is.EqualTo(new[] { 0, 0, Ignored, Background, Background }));

    [Test]
    public void Without_objects_everything_is_background() => Assert.That(
        new OverlapMatching(0.5, 0.5, LowQualityMatches.Best).Match<double>(_anchors, []), Is.All.EqualTo(Background));

    [Test]
    public void An_object_that_overlaps_nothing_takes_the_first_anchor_where_no_least_overlap_is_asked_for()
    {
        Box<double>[] far = [new(100, 100, 101, 101)];
        Assert.That(new OverlapMatching(0.5, 0.5, LowQualityMatches.Best).Match<double>(_anchors, far)[0], Is.Zero);
        Assert.That(new OverlapMatching(0.5, 0.5, LowQualityMatches.Best, Least: 0.3).Match<double>(_anchors, far), Is.All.EqualTo(Background));
    }

    // Both objects overlap the third anchor most: the later one has it.
    [Test]
    public void Later_objects_take_anchors_from_earlier_ones() => Assert.That(
        new OverlapMatching(0.9, 0.9, LowQualityMatches.Best).Match<double>(_anchors, [new(0, 0, 5, 1), new(0, 0, 5, 1.25)])[2], Is.EqualTo(1));

    [TestCase(LowQualityMatches.Best, new[] { 1, Background, 0 })]
    [TestCase(LowQualityMatches.AllBest, new[] { 1, 1, 0 })]
    [TestCase(LowQualityMatches.OwnBest, new[] { 0, 0, 0 })]
    [TestCase(LowQualityMatches.None, new[] { Background, Background, 0 })]
    public void An_object_takes_one_or_all_of_the_anchors_that_it_overlaps_equally(LowQualityMatches lowQuality, int[] matches) => Assert.That(
        new OverlapMatching(0.7, 0.7, lowQuality).Match<double>([new(0, 0, 6, 1), new(0, 0, 6, 1), new(0, 0, 10, 1)], [new(0, 0, 10, 1), new(0, 0, 2, 1)]),
        Is.EqualTo(matches));
}
