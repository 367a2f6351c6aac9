using GpuPool.Experiments.Metrics;

namespace GpuPool.Tests.Experiments.Metrics;

public sealed class KendallTauTests
{
    private static readonly double[] Rising = [1, 2, 3, 4];

    [Test]
    public void The_same_order_is_1_and_the_reversed_one_minus_1()
    {
        Assert.That(KendallTau.Of(Rising, [0.1, 0.2, 0.5, 0.9]), Is.EqualTo(1));
        Assert.That(KendallTau.Of(Rising, [4, 3, 2, 1]), Is.EqualTo(-1));
    }

    [Test]
    public void One_exchanged_pair_of_six_is_two_thirds() => Assert.That(KendallTau.Of(Rising, [1, 3, 2, 4]), Is.EqualTo(4.0 / 6).Within(1e-15));

    [Test]
    public void Ties_are_left_out_of_their_side() => Assert.That(KendallTau.Of(Rising, [1, 1, 2, 3]), Is.EqualTo(5 / Math.Sqrt(6 * 5)).Within(1e-15));

    [Test]
    public void Where_all_are_equal_there_is_no_order() => Assert.That(KendallTau.Of(Rising, [1, 1, 1, 1]), Is.NaN);
}
