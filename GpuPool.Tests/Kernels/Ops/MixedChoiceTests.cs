using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class MixedChoiceTests
{
    private static readonly Shape _map = new(5, 2, 1, 19);

    [Test]
    public void Choices_are_the_draws_and_are_counted([Values] DType type, [Values] bool host)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray counts = Counts(new double[38], type);
        double[] y = [];
        void Run() => y = [.. y, .. new MixedChoice(counts, true, 3, 4, (uint)y.Length).Forward([Map(type)], keep: true).Output.ToDoubles()];
        for (int call = 0; call < 2; call++)
        {
            if (host)
                Run();
            else
                OpCheck.Portable(Run);
        }
        double[] expected = [.. new uint[] { 0, 95 }.SelectMany(step => Enumerable.Range(0, 95).Select(index => (double)(Philox.Bits(3, 4, step, (uint)index) & 1)))];
        Assert.That(y, Is.EqualTo(expected));
        for (int channel = 0; channel < 19; channel++)
        {
            double chosen = expected.Where((_, index) => index % 19 == channel).Sum();
            Assert.That(counts.ToDoubles()[(2 * channel)..(2 * channel + 2)], Is.EqualTo(new[] { 10 - chosen, chosen }));
        }
    }

    [Test]
    public void Evaluation_takes_the_more_frequent_choice_and_counts_nothing()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray counts = Devices.Cpu.Upload(new Shape(3, 2), [5.0, 4, 4, 5, 0, 0]);
        DeviceArray x = Devices.Cpu.Upload(new Shape(2, 1, 1, 3), new double[6]);
        Assert.That(new MixedChoice(counts, false).Forward([x], keep: false).Output.ToDoubles(), Is.EqualTo(new[] { 0, 1, 1, 0, 1, 1 }));
        Assert.That(counts.ToDoubles(), Is.EqualTo(new[] { 5, 4, 4, 5, 0, 0 }));
    }

    [Test]
    public void Counts_of_another_shape_are_refused()
    {
        using DeviceArray counts = Devices.Cpu.Allocate(new Shape(3));
        Assert.That(() => new MixedChoice(counts, true).Infer([new Shape(1, 2, 2, 3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("MixedChoice: the counts must be (C, 2) = (3, 2), but is (3)."));
    }

    [Test]
    public void Counts_on_another_device_or_of_another_type_are_refused()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Device other = Device.Open(DeviceKind.Cpu, threads: 1);
        using DeviceArray elsewhere = other.Upload(new Shape(19, 2), new double[38]);
        Assert.That(() => new MixedChoice(elsewhere, true).Forward([Map(DType.Float64)], keep: false), Throws.ArgumentException.With.Message.EqualTo(
            "MixedChoice: all arrays must share one device and one element type, but are Float64 on CPU, 2 threads and Float64 on CPU, 1 thread."));
        Assert.That(() => new MixedChoice(Counts(new double[38], DType.Float32), true).Forward([Map(DType.Float64)], keep: false), Throws.ArgumentException);
    }

    private static DeviceArray Counts(double[] values, DType type) => Devices.Cpu.Upload(new Shape(19, 2), values, type);

    private static DeviceArray Map(DType type) => Devices.Cpu.Upload(_map, new double[_map.Count], type);
}
