using GpuPool.Models.Detection;

namespace GpuPool.Tests.Models.Detection;

public sealed class RegionSamplerTests
{
    private static readonly int[] _positives = [.. Enumerable.Range(100, 40)], _negatives = [.. Enumerable.Range(1_000, 500)];

    [Test]
    public void At_most_the_share_is_positive_and_negatives_are_the_rest()
    {
        RegionSample sample = Sampler(step: 0).Sample(0, _positives, _negatives);
        Assert.That((sample.Positives.Count, sample.Negatives.Count), Is.EqualTo((16, 48)));
        sample = Sampler(step: 0).Sample(0, _positives[..5], _negatives);
        Assert.That(sample.Positives, Is.EqualTo(_positives[..5]));
        Assert.That(sample.Negatives, Has.Count.EqualTo(59));
    }

    [Test]
    public void None_is_chosen_twice_and_the_order_stays()
    {
        RegionSample sample = Sampler(step: 3).Sample(1, _positives, _negatives);
        Assert.That(sample.Positives, Is.Ordered.Ascending.And.Unique.And.SubsetOf(_positives));
        Assert.That(sample.Negatives, Is.Ordered.Ascending.And.Unique.And.SubsetOf(_negatives));
    }

    [Test]
    public void Steps_and_pictures_choose_otherwise_and_the_same_ones_alike()
    {
        IReadOnlyList<int> Chosen(uint step, int picture) => Sampler(step).Sample(picture, _positives, _negatives).Negatives;
        (IReadOnlyList<int> chosen, IReadOnlyList<int> again) = (Chosen(1, 0), Chosen(1, 0));
        Assert.That(again, Is.EqualTo(chosen));
        Assert.That(Chosen(2, 0), Is.Not.EqualTo(chosen));
        Assert.That(Chosen(1, 1), Is.Not.EqualTo(chosen));
    }

    [Test]
    public void All_are_chosen_equally_often()
    {
        int[] counts = new int[_positives.Length];
        for (uint step = 0; step < 2_000; step++)
        {
            foreach (int place in Sampler(step).Sample(0, _positives, _negatives).Positives)
                counts[place - _positives[0]]++;
        }
        // 800 times each, with a deviation of 22.
        Assert.That(counts, Is.All.EqualTo(800).Within(110));
    }

    private static RandomRegionSampler Sampler(uint step) => new(64, 0.25, Seed: 7, Stream: 1, step);
}
