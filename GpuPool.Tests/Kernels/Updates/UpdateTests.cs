using GpuPool.Kernels;
using GpuPool.Kernels.Updates;

namespace GpuPool.Tests.Kernels.Updates;

public sealed class UpdateTests
{
    private static readonly Update[] s_updates = [new SgdUpdate(0.1, 0.9, 0.01), new AdamUpdate(0.1, 0.9, 0.999, 1e-8, 0.01, 3)];

    [Test]
    public void Host_body_equals_portable_body(
        [ValueSource(nameof(s_updates))] Update update, [Values(1, 17, 301)] int count, [Values] DType type)
    {
        double[][] host = Run(update, count, type), portable = [];
        OpCheck.Portable(() => portable = Run(update, count, type));
        for (int index = 0; index < host.Length; index++)
            Assert.That(OpCheck.RelativeError(host[index], portable[index]), Is.NoMoreThan(type == DType.Float32 ? 1e-7 : 1e-15));
    }

    [Test]
    public void Sgd_follows_its_equation()
    {
        // v = 0.9 * 2 + (3 + 0.5 * 4) = 6.8; w = 4 - 0.25 * 6.8 = 2.3
        double[][] results = Run(new SgdUpdate(0.25, 0.9, 0.5), DType.Float64, [4], [3], [2]);
        Assert.That(results[0][0], Is.EqualTo(2.3).Within(1e-15));
        Assert.That(results[1][0], Is.EqualTo(6.8).Within(1e-15));
    }

    [Test]
    public void Adam_follows_its_equation()
    {
        // d = 3 + 0.5 * 4 = 5; m = 0.5 * 2 + 0.5 * 5 = 3.5; v = 0.75 * 8 + 0.25 * 25 = 12.25; t = 2:
        // w = 4 - 0.1 / (1 - 0.25) * 3.5 / (3.5 / sqrt(1 - 0.5625) + 0.01)
        double[][] results = Run(new AdamUpdate(0.1, 0.5, 0.75, 0.01, 0.5, 2), DType.Float64, [4], [3], [2], [8]);
        Assert.That(results[0][0], Is.EqualTo(4 - 0.1 / 0.75 * 3.5 / (3.5 / Math.Sqrt(0.4375) + 0.01)).Within(1e-15));
        Assert.That(results[1][0], Is.EqualTo(3.5).Within(1e-15));
        Assert.That(results[2][0], Is.EqualTo(12.25).Within(1e-15));
    }

    [Test]
    public void Arrays_of_another_shape_are_refused()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray two = Devices.Cpu.Allocate(new Shape(2)), three = Devices.Cpu.Allocate(new Shape(3));
        Assert.That(() => new SgdUpdate(1, 0, 0).Apply(two, three, [two]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("SgdUpdate: gradient and state must be the shape of the weight = (2), but is (3)."));
        Assert.That(() => new SgdUpdate(1, 0, 0).Apply(two, two, []),
            Throws.ArgumentException.With.Message.EqualTo("SgdUpdate: takes 1 state arrays, but got 0."));
    }

    private static double[][] Run(Update update, int count, DType type)
    {
        IEnumerable<double[]> states = Enumerable.Range(3, update.States).Select(seed => Array.ConvertAll(Draw.Normal(count, seed), Math.Abs));
        return Run(update, type, Draw.Normal(count, 1), Draw.Normal(count, 2), [.. states]);
    }

    /// <summary>Weight and states after the update.</summary>
    private static double[][] Run(Update update, DType type, double[] weight, double[] gradient, params double[][] states)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] arrays = [.. states.Prepend(gradient).Prepend(weight).Select(values => Devices.Cpu.Upload(new Shape(values.Length), values, type))];
        update.Apply(arrays[0], arrays[1], arrays[2..]);
        return [arrays[0].ToDoubles(), .. arrays[2..].Select(array => array.ToDoubles())];
    }
}
