using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels;

/// <summary>A body's scratch is rented for as long as that body runs.</summary>
public sealed class ScratchTests
{
    private static readonly Shape X = new(2, 9, 8, 3), W = new(3, 3, 3, 16);

    [Test]
    public void Scratch_of_a_host_body_counts_at_the_peak_and_is_returned()
    {
        // The weights are read where they lie; the map lies with a padding column on each side.
        long scratch = sizeof(float) * 2 * 9 * (8 + 2) * 3;
        Assert.That(PeakBehindTheOutput(), Is.EqualTo((scratch + 63) / 64 * 64));
    }

    [Test]
    public void A_body_that_is_not_run_costs_no_memory() => OpCheck.Portable(() => Assert.That(PeakBehindTheOutput(), Is.Zero));

    private static long PeakBehindTheOutput()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] inputs = [.. new[] { X, W }.Select(shape => Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 1), DType.Float32))];
        Devices.Cpu.ResetPeak();
        new Conv2d(new Window(3, 1, 1)).Forward(inputs, keep: false);
        return Devices.Cpu.PeakBytes - Devices.Cpu.LiveBytes;
    }
}
