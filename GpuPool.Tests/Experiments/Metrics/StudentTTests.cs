using GpuPool.Experiments.Metrics;

namespace GpuPool.Tests.Experiments.Metrics;

public sealed class StudentTTests
{
    // Of any table of the distribution.
    [TestCase(1, 12.706)]
    [TestCase(2, 4.303)]
    [TestCase(3, 3.182)]
    [TestCase(4, 2.776)]
    [TestCase(5, 2.571)]
    [TestCase(9, 2.262)]
    [TestCase(30, 2.042)]
    public void Its_bounds_at_95_percent_are_those_of_the_tables(int degrees, double bound)
    {
        Assert.That(StudentT.Bound(0.95, degrees), Is.EqualTo(bound).Within(5e-4));
        Assert.That(StudentT.Within(-StudentT.Bound(0.95, degrees), degrees), Is.EqualTo(0.95).Within(1e-12));
    }

    [Test]
    public void One_degree_is_the_distribution_of_Cauchy_and_two_have_a_closed_form()
    {
        Assert.That(StudentT.Within(1, 1), Is.EqualTo(0.5).Within(1e-15));
        Assert.That(StudentT.Within(3, 2), Is.EqualTo(3 / Math.Sqrt(2 + 9)).Within(1e-15));
    }

    [Test]
    public void Nothing_is_within_zero_and_all_within_infinity([Values(1, 2, 7)] int degrees)
    {
        Assert.That(StudentT.Within(0, degrees), Is.Zero);
        Assert.That(StudentT.Within(double.PositiveInfinity, degrees), Is.EqualTo(1).Within(1e-15));
    }
}
