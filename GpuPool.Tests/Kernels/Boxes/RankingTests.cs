using GpuPool.Kernels.Boxes;

namespace GpuPool.Tests.Kernels.Boxes;

public sealed class RankingTests
{
    [Test]
    public void Equal_scores_keep_their_order_and_those_without_a_number_come_last() =>
        Assert.That(Ranking.Best<float>([0.5f, float.NaN, 0.9f, 0.5f, -1, 0.9f]), Is.EqualTo(new[] { 2, 5, 0, 3, 4, 1 }));

    [Test]
    public void Only_the_best_are_named_and_of_equal_ones_the_first() => Assert.That(Ranking.Best<double>([1, 2, 1, 1, 2], most: 3), Is.EqualTo(new[] { 1, 4, 0 }));

    [Test]
    public void The_best_of_many_are_those_of_a_whole_sort([Values(0, 1, 7, 50, 199)] int most)
    {
        var random = new Random(most);
        double[] scores = [.. Enumerable.Range(0, 200).Select(index => index % 40 == 0 ? double.NaN : random.Next(30))];
        Assert.That(Ranking.Best<double>(scores, most), Is.EqualTo(Ranking.Best<double>(scores)[..most]));
        Assert.That(Ranking.Best<double>(scores), Is.EqualTo(Enumerable.Range(0, 200).OrderByDescending(index => scores[index])));
    }

    [Test]
    public void There_may_be_none() => Assert.That(Ranking.Best<float>([], 5), Is.Empty);
}
