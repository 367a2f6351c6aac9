using GpuPool.Models.Detection;

namespace GpuPool.Tests.Models.Detection;

public sealed class AnchorLevelTests
{
    [Test]
    public void Anchors_of_SSD_are_two_squares_then_a_wide_and_a_high_box_for_each_ratio()
    {
        Box[] cell = [.. AnchorLevel.Ssd(16, 40, 90, 2, 3).Cell];
        Assert.That(cell[0], Is.EqualTo(new Box(-12, -12, 28, 28)));
        Assert.That(cell.Select(box => box.Width), Is.EqualTo(new[] { 40, 60, 40 * Math.Sqrt(2), 40 / Math.Sqrt(2), 40 * Math.Sqrt(3), 40 / Math.Sqrt(3) }).Within(1e-4));
        Assert.That(cell.Select(box => box.Height), Is.EqualTo(new[] { 40, 60, 40 / Math.Sqrt(2), 40 * Math.Sqrt(2), 40 / Math.Sqrt(3), 40 * Math.Sqrt(3) }).Within(1e-4));
    }

    [Test]
    public void Anchors_of_region_proposals_stand_around_the_corner_of_the_cell()
    {
        Box[] cell = [.. AnchorLevel.Region(4, 32, 0.25, 1, 4).Cell];
        Assert.That(cell, Is.EqualTo(new[] { new Box(-32, -8, 32, 8), new Box(-16, -16, 16, 16), new Box(-8, -32, 8, 32) }));
    }

    [Test]
    public void The_anchors_of_a_map_go_along_its_rows()
    {
        Box[] map = [.. AnchorLevel.Yolo(8, (10, 20), (4, 4)).Of(2, 3)];
        Assert.That(map, Has.Length.EqualTo(12));
        Assert.That(map[2], Is.EqualTo(new Box(7, -6, 17, 14)));
        Assert.That(map[^1], Is.EqualTo(new Box(18, 10, 22, 14)));
    }
}
