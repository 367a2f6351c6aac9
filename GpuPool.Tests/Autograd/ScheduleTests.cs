using GpuPool.Autograd;

namespace GpuPool.Tests.Autograd;

public sealed class ScheduleTests
{
    [TestCase(1, 0.01)]
    [TestCase(179, 0.01)]
    [TestCase(180, 0.002)]
    [TestCase(239, 0.002)]
    [TestCase(240, 0.0004)]
    [TestCase(269, 0.0004)]
    [TestCase(270, 0.00008)]
    [TestCase(300, 0.00008)]
    public void Steps_are_those_of_the_released_recipe(int epoch, double rate) =>
        Assert.That(Schedule.Steps.Rate(0.01, epoch, 300), Is.EqualTo(rate).Within(1e-15));

    [TestCase(134, 0.1)]
    [TestCase(135, 0.01)]
    [TestCase(210, 0.001)]
    [TestCase(300, 0.0001)]
    public void Tenths_fall_at_45_70_and_90_percent(int epoch, double rate) =>
        Assert.That(Schedule.Tenths.Rate(0.1, epoch, 300), Is.EqualTo(rate).Within(1e-15));

    // As the released script's rule gives them: epochs = [int(share * count) for share in shares]; if epoch in epochs: rate /= divisor.
    [TestCase(1, new[] { 125.0 })]
    [TestCase(2, new[] { 25.0, 25 })]
    [TestCase(3, new[] { 25.0, 5, 5 })]
    [TestCase(5, new[] { 125.0, 125, 25, 5, 5 })]
    [TestCase(10, new[] { 125.0, 125, 125, 125, 125, 25, 25, 5, 1, 1 })]
    [TestCase(14, new[] { 125.0, 125, 125, 125, 125, 125, 125, 25, 25, 25, 5, 1, 1, 1 })]
    public void Steps_of_a_short_run_are_those_of_the_released_script(int epochs, double[] rates) =>
        Assert.That(Enumerable.Range(1, epochs).Select(epoch => Schedule.Steps.Rate(125, epoch, epochs)), Is.EqualTo(rates));

    [Test]
    public void Shares_are_rounded_as_the_released_script_rounds_them() =>
        Assert.That((Schedule.Tenths.Rate(1, 61, 90), Schedule.Tenths.Rate(1, 62, 90)), Is.EqualTo((0.1, 0.01)), "0.7 * 90 is 62.99999999999999");

    [Test]
    public void Cosine_falls_from_the_start_value_through_its_half()
    {
        Assert.That(Schedule.Cosine.Rate(0.1, 1, 10), Is.EqualTo(0.1));
        Assert.That(Schedule.Cosine.Rate(0.1, 6, 10), Is.EqualTo(0.05).Within(1e-15));
        Assert.That(Schedule.Cosine.Rate(0.1, 10, 10), Is.EqualTo(0.05 * (1 - Math.Cos(Math.PI / 10))).Within(1e-15));
    }

    [Test]
    public void Constant_stays([Values(1, 7)] int epoch) => Assert.That(Schedule.Constant.Rate(0.1, epoch, 7), Is.EqualTo(0.1));

    [Test]
    public void Epochs_outside_the_run_are_refused([Values(0, 11)] int epoch) =>
        Assert.That(() => Schedule.Cosine.Rate(0.1, epoch, 10), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void The_schedule_of_detectron_falls_after_epochs_8_and_11_of_12() => Assert.That(
        Enumerable.Range(1, 12).Select(epoch => Schedule.Detectron.Rate(100, epoch, 12)),
        Is.EqualTo(new double[] { 100, 100, 100, 100, 100, 100, 100, 100, 10, 10, 10, 1 }));

    [Test]
    public void A_warm_up_rises_in_a_straight_line_to_the_rate_of_the_schedule() => Assert.That(
        Enumerable.Range(0, 6).Select(step => new WarmUp(4, 0.2).Rate(10, step)), Is.EqualTo(new double[] { 2, 4, 6, 8, 10, 10 }).Within(1e-12));
}
