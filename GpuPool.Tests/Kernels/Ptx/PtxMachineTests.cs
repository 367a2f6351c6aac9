using GpuPool.Kernels;
using GpuPool.Tests.Kernels.Matrix;
using ILGPU;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>What is run is what ILGPU emits, with what it makes of C#, and what is fused.</summary>
public sealed class PtxMachineTests
{
    private static Body Plain => Body.Ptx[0];

    private static Body Fused => Body.Ptx[1];

    [Test]
    public void A_division_by_two_rounds_down_as_ilgpu_emits_it()
    {
        static double[] Run(Body body) => Values(body, [7, -7, -1, -8], (x, y) => new Halving(x, y));
        Assert.That(Run(Body.Portable), Is.EqualTo(new[] { 3.0, -3, 0, -4 }));
        Assert.That(Run(Plain), Is.EqualTo(new[] { 3.0, -4, -1, -4 }));
    }

    [Test]
    public void A_comparison_with_a_constant_on_the_left_is_true_for_nan_as_ilgpu_emits_it()
    {
        static double[] Run(Body body) => Values(body, [double.NaN, 0, 2], (x, y) => new ConstantOnTheLeft(x, y));
        Assert.That(Run(Body.Portable), Is.EqualTo(new[] { 3.0, 3, 2 }));
        Assert.That(Run(Plain), Is.EqualTo(new[] { 2.0, 3, 2 }));
    }

    [Test]
    public void Products_are_fused_into_sums_on_the_fused_machine_alone()
    {
        // (1 + e)^2 less 1 + 2e.
        static double[] Run(Body body) => Values(body, [MathF.BitIncrement(1)], (x, y) => new SquareLess(x, y, 1 + 2 * (MathF.BitIncrement(1) - 1)));
        Assert.That(Run(Plain), Is.EqualTo(new[] { 0.0 }));
        Assert.That(Run(Fused), Is.EqualTo(new[] { Math.ScaleB(1, -46) }));
    }

    [Test]
    public void An_instruction_that_the_machine_does_not_know_is_named() =>
        Assert.That(() => new PtxProgram("\n{\n\tex2.approx.f32\t%f1, %f2;\n}"), Throws.TypeOf<NotSupportedException>().With.Message.EqualTo("PTX instruction ex2.approx.f32\t%f1, %f2;"));

    private static double[] Values<K>(Body body, double[] inputs, Func<ArrayView<float>, ArrayView<float>, K> kernel) where K : struct, IKernel
    {
        double[] outputs = [];
        body.Run(device =>
        {
            var shape = new Shape(inputs.Length);
            DeviceArray y = device.Allocate(shape);
            device.Launch(kernel(device.Upload(shape, inputs, DType.Float32).View<float>(), y.View<float>()));
            outputs = y.ToDoubles();
        });
        return outputs;
    }

    private readonly struct Halving(ArrayView<float> x, ArrayView<float> y) : IKernel
    {
        public int Count => x.IntLength;

        public void Run(int index) => y[index] = (int)x[index] / 2;
    }

    private readonly struct ConstantOnTheLeft(ArrayView<float> x, ArrayView<float> y) : IKernel
    {
        public int Count => x.IntLength;

        public void Run(int index) => y[index] = 1f < x[index] ? 2f : 3f;
    }

    private readonly struct SquareLess(ArrayView<float> x, ArrayView<float> y, float term) : IKernel
    {
        public int Count => x.IntLength;

        public void Run(int index) => y[index] = x[index] * x[index] - term;
    }
}
