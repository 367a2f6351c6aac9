using GpuPool.Models.Detection;

namespace GpuPool.Tests.Models.Detection;

public sealed class GridMatchingTests
{
    private const int Background = OverlapMatching.Background, Ignored = OverlapMatching.Ignored;

    private static readonly AnchorLevel[] _levels = [AnchorLevel.Yolo(10, (10, 10), (20, 10))];

    // Middles at (15, 5), on the border of two cells at (10, 5), which is the right one's, and outside.
    [Test]
    public void Cells_with_the_middle_of_an_object_are_responsible() => Assert.That(
        GridMatching.Responsible(_levels, [(1, 3)], [new Box(10, 0, 20, 10), new Box(5, 0, 15, 10), new Box(-20, 0, -10, 10)]),
        Is.EqualTo(new[] { false, false, true, true, false, false }));

    [Test]
    public void Only_responsible_anchors_show_objects_and_good_ones_elsewhere_are_ignored()
    {
        Box[] anchors = [.. _levels[0].Of(1, 3)];
        // It overlaps the second anchor of its own cell by 1, the first by 1/2, the second ones beside by 1/3.
        Assert.That(GridMatching.Match(anchors, [false, false, true, true, false, false], [new Box(5, 0, 25, 10)]),
            Is.EqualTo(new[] { Background, Background, Background, 0, Background, Background }));
        Assert.That(GridMatching.Match(anchors, [true, true, false, false, false, false], [new Box(5, 0, 25, 10)]),
            Is.EqualTo(new[] { Background, 0, Background, Ignored, Background, Background }), "the best of the responsible, however bad");
    }

    [Test]
    public void Without_objects_everything_is_background() => Assert.That(GridMatching.Match([.. _levels[0].Of(1, 3)], new bool[6], []), Is.All.EqualTo(Background));
}
