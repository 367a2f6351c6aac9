using GpuPool.Kernels.Boxes;

namespace GpuPool.Tests.Kernels.Boxes;

public sealed class NonMaximumSuppressionTests
{
    // The second overlaps the first by a half, the third the second by a half and the first by nothing.
    private static readonly Box<double>[] _boxes = [new(0, 0, 3, 1), new(1, 0, 4, 1), new(3, 0, 6, 1)];

    [TestCase(0.5, new[] { 0, 1, 2 }, TestName = "A box that overlaps by exactly the threshold stays")]
    [TestCase(0.49, new[] { 0, 2 }, TestName = "A box that overlaps by more goes")]
    public void Boxes_stay_by_their_overlap(double threshold, int[] kept) =>
        Assert.That(NonMaximumSuppression.Keep<double>(_boxes, [0.9, 0.8, 0.7], threshold), Is.EqualTo(kept));

    [Test]
    public void Of_equal_scores_the_first_stays() => Assert.That(NonMaximumSuppression.Keep<double>([_boxes[0], _boxes[0], _boxes[0]], [0.5, 0.5, 0.5], 0.4), Is.EqualTo(new[] { 0 }));

    [Test]
    public void Classes_do_not_suppress_each_other_and_are_merged_by_score() => Assert.That(
        NonMaximumSuppression.KeepByClass<double>([_boxes[0], _boxes[0], _boxes[0], _boxes[2]], [0.5, 0.9, 0.4, 0.7], [1, 0, 1, 1], 0.4), Is.EqualTo(new[] { 1, 3, 0 }));

    [Test]
    public void No_more_stay_than_asked_for()
    {
        Assert.That(NonMaximumSuppression.Keep<double>(_boxes, [0.1, 0.2, 0.3], 0.9, most: 2), Is.EqualTo(new[] { 2, 1 }));
        Assert.That(NonMaximumSuppression.KeepByClass<double>(_boxes, [0.1, 0.2, 0.3], [1, 0, 0], 0.9, most: 2), Is.EqualTo(new[] { 2, 1 }));
    }

    [Test]
    public void Every_body_of_the_loop_agrees_with_the_definition([Values(1, 3, 8, 17, 300)] int count, [Values(0, 0.3, 0.7)] double threshold)
    {
        var random = new Random(count);
        Box[] boxes = [.. Enumerable.Range(0, count).Select(_ => Box.Around(random.Next(40), random.Next(40), 1 + random.Next(20), 1 + random.Next(20)))];
        float[] scores = [.. boxes.Select(_ => random.Next(20) / 20f)];
        List<int> expected = [];
        foreach (int index in Enumerable.Range(0, count).OrderByDescending(index => scores[index]))
        {
            if (expected.All(kept => Overlap.OverUnion(boxes[kept], boxes[index]) <= (float)threshold))
                expected.Add(index);
        }
        Assert.That(NonMaximumSuppression.Keep<float>(boxes, scores, (float)threshold), Is.EqualTo(expected));
    }
}
