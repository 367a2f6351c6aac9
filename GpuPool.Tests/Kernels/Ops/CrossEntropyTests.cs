using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class CrossEntropyTests
{
    [Test]
    public void Gradient_equals_differences([Values] bool weighted)
    {
        Tensor Loss(Tensor[] x)
        {
            Tensor labels = Leaf([1, 0, 4, 2]);
            return x[0].CrossEntropy(labels, weighted ? Leaf([0.5, 0, 2, -1]) : null);
        }
        void Check() => Assert.That(new GradientCheck().Run(Devices.Cpu, Loss, (new Shape(4, 5), Draw.Normal(20, 2))), Is.Null);
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void Its_mean_is_the_loss_of_a_classifier()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor logits = Tensor.Leaf(Devices.Cpu.Upload(new Shape(3, 4), Draw.Normal(12, 3))), labels = Leaf([2, 0, 3]);
        Assert.That(logits.CrossEntropy(labels).Mean().Item(), Is.EqualTo(logits.SoftmaxCrossEntropy(labels).Item()).Within(1e-15));
    }

    [Test]
    public void Huge_logits_neither_overflow_nor_vanish() => Assert.That(Losses(new Shape(2, 3), [1e5, 0, -1e5, 1e5, 0, -1e5], [0, 2]), Is.EqualTo(new double[] { 0, 2e5 }));

    [Test]
    public void A_row_of_weight_zero_takes_no_part_whatever_its_logits_and_label()
    {
        void Check()
        {
            using ArrayScope scope = Devices.Cpu.OpenScope();
            Tensor logits = Tensor.Leaf(Devices.Cpu.Upload(new Shape(3, 2), [double.NaN, 1, double.PositiveInfinity, 0, 0, 0]), requiresGradient: true);
            Tensor loss = logits.CrossEntropy(Leaf([0, -1, 1]), Leaf([0, 0, 1])).Sum();
            loss.Backward();
            Assert.That(loss.Item(), Is.EqualTo(Math.Log(2)).Within(1e-15));
            Assert.That(logits.Gradient!.ToDoubles(), Is.EqualTo(new[] { 0, 0, 0, 0, 0.5, -0.5 }).Within(1e-15));
            logits.Gradient.Dispose();
        }
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void A_label_that_is_no_class_gives_NaN_in_its_row_alone() =>
        Assert.That(Losses(new Shape(2, 2), [0, 0, 0, 0], [2, 1]), Is.EqualTo(new[] { double.NaN, Math.Log(2) }).Within(1e-15));

    [Test]
    public void No_rows_are_no_losses() => Assert.That(Losses(new Shape(0, 3), [], []), Is.Empty);

    [Test]
    public void Labels_of_another_batch_are_refused() =>
        Assert.That(() => new CrossEntropy().Infer([new Shape(4, 10), new Shape(3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("CrossEntropy: labels must be (N) = (4), but is (3)."));

    private static double[] Losses(Shape shape, double[] logits, double[] labels) => OpCheck.Forward(new CrossEntropy(), (shape, logits), (new Shape(labels.Length), labels));

    private static Tensor Leaf(double[] values) => Tensor.Leaf(Devices.Cpu.Upload(new Shape(values.Length), values));
}
