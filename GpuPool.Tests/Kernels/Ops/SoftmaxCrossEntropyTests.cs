using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class SoftmaxCrossEntropyTests
{
    [Test]
    public void Gradient_equals_differences()
    {
        using DeviceArray labels = Devices.Cpu.Upload(new Shape(4), Labels(4, 5));
        Func<Tensor[], Tensor> loss = x => x[0].SoftmaxCrossEntropy(Tensor.Leaf(labels));
        Assert.That(new GradientCheck().Run(Devices.Cpu, loss, (new Shape(4, 5), Draw.Normal(20, 2))), Is.Null);
        OpCheck.Portable(() => Assert.That(new GradientCheck().Run(Devices.Cpu, loss, (new Shape(4, 5), Draw.Normal(20, 2))), Is.Null));
    }

    [Test]
    public void Loss_is_the_mean_of_the_negative_log_likelihoods()
    {
        double[] x = Draw.Normal(12, 3), labels = [2, 0, 3];
        double expected = Enumerable.Range(0, 3).Average(n => Math.Log(Enumerable.Range(0, 4).Sum(k => Math.Exp(x[4 * n + k]))) - x[4 * n + (int)labels[n]]);
        Assert.That(Loss(x, labels, 4), Is.EqualTo(expected).Within(1e-14));
    }

    [Test]
    public void Equal_logits_cost_the_logarithm_of_the_number_of_classes([Values(0.0, 1e4, -1e4)] double logit) =>
        Assert.That(Loss([logit, logit, logit, logit], [1], 4), Is.EqualTo(Math.Log(4)).Within(1e-11));

    [Test]
    public void Huge_logits_neither_overflow_nor_vanish()
    {
        Assert.That(Loss([1e5, 0, -1e5], [0], 3), Is.EqualTo(0));
        Assert.That(Loss([1e5, 0, -1e5], [2], 3), Is.EqualTo(2e5));
    }

    [Test]
    public void A_label_that_is_no_class_gives_NaN([Values(-1.0, 3.0, 0.5)] double label) =>
        Assert.That(Loss([1, 2, 3], [label], 3), Is.NaN);

    [Test]
    public void Nothing_but_the_loss_stays_without_a_backward_pass()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(2, 3), Draw.Normal(6, 1)), labels = Devices.Cpu.Upload(new Shape(2), [0.0, 1.0]);
        long before = Devices.Cpu.LiveBytes;
        new SoftmaxCrossEntropy().Forward([x, labels], keep: false).Output.Dispose();
        Assert.That(Devices.Cpu.LiveBytes, Is.EqualTo(before));
    }

    [Test]
    public void Labels_of_another_batch_are_refused() =>
        Assert.That(() => new SoftmaxCrossEntropy().Infer([new Shape(4, 10), new Shape(3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("SoftmaxCrossEntropy: labels must be (N) = (4), but is (3)."));

    private static double[] Labels(int rows, int classes) => [.. Enumerable.Range(0, rows).Select(row => (double)(row * 3 % classes))];

    private static double Loss(double[] x, double[] labels, int classes)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor logits = Tensor.Leaf(Devices.Cpu.Upload(new Shape(labels.Length, classes), x));
        return logits.SoftmaxCrossEntropy(Tensor.Leaf(Devices.Cpu.Upload(new Shape(labels.Length), labels))).Item();
    }
}
