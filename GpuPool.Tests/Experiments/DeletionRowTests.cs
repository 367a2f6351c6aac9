using GpuPool.Experiments.Attribution;

namespace GpuPool.Tests.Experiments;

public sealed class DeletionRowTests
{
    private static readonly float[] Input = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    [Test]
    public void The_pixels_that_the_map_shows_most_are_deleted_first()
    {
        int[] order = [2, 0, 1];
        Assert.That(DeletionRow.Masked(Input, order, 1, keepsFirst: false), Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6, 0, 0, 0 }));
        Assert.That(DeletionRow.Masked(Input, order, 1, keepsFirst: true), Is.EqualTo(new float[] { 0, 0, 0, 0, 0, 0, 7, 8, 9 }));
        Assert.That(DeletionRow.Masked(Input, order, 0, keepsFirst: false), Is.EqualTo(Input));
        Assert.That(DeletionRow.Masked(Input, order, 3, keepsFirst: false), Is.All.Zero);
    }
}
