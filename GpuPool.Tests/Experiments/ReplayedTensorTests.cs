using GpuPool.Experiments.Parity;

namespace GpuPool.Tests.Experiments;

public sealed class ReplayedTensorTests
{
    [Test]
    public void A_tensor_of_NaN_fails_and_is_the_worst_even_where_rounding_alone_gives_NaN()
    {
        ReplayedTensor right = new("right", [1, 2], [1, 2.001], 1e-3), lost = new("lost", [double.NaN, 2], [1, 2], double.PositiveInfinity);
        Assert.That(right.Passed);
        Assert.That(lost.Passed, Is.False);
        Assert.That(ReplayedTensor.Worst([right, lost]), Is.SameAs(lost));
    }
}
