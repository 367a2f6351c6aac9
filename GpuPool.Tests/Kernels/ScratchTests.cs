using GpuPool.Kernels;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels;

/// <summary>A body's scratch is rented for as long as that body runs.</summary>
public sealed class ScratchTests
{
    private static readonly Shape X = new(2, 16, 16, 16), W = new(3, 3, 16, 16);

    [Test]
    public void Scratch_of_a_host_body_counts_at_the_peak_and_is_returned()
    {
        // The squares of the map, and their products.
        long scratch = sizeof(float) * (long)WinogradPlan.Forward(new ConvolutionGeometry(new Window(3, 1, 1), X, W.Channels)).ScratchCount;
        Assert.That(scratch, Is.GreaterThan(0));
        Assert.That(PeakBehindTheOutput(), Is.EqualTo((scratch + 63) / 64 * 64));
    }

    [Test]
    public void A_body_that_is_not_run_costs_no_memory() => OpCheck.Portable(() => Assert.That(PeakBehindTheOutput(), Is.Zero));

    private static long PeakBehindTheOutput()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] inputs = [.. new[] { X, W }.Select(shape => Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 1), DType.Float32))];
        Devices.Cpu.ResetPeak();
        new Conv2d(new Window(3, 1, 1)) { Winograd = true }.Forward(inputs, keep: false);
        return Devices.Cpu.PeakBytes - Devices.Cpu.LiveBytes;
    }
}
