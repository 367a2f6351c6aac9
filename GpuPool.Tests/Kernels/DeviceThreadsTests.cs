using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels;

/// <summary>One thread drives a device, and several threads several devices.</summary>
public sealed class DeviceThreadsTests
{
    private const int Count = 3;

    [Test]
    public void Devices_of_threads_that_run_at_once_have_the_bits_of_one_alone([Values(Form.Host, Form.Threads, Form.Groups)] Form form) => Check(() =>
    {
        Device device = Device.Open(DeviceKind.Cpu, threads: 2);
        (device.SimulatesThreads, device.GroupBodies) = (form == Form.Threads, form == Form.Groups ? GroupBodies.Always : GroupBodies.Never);
        return device;
    });

    [Test]
    public void Devices_of_threads_that_run_at_once_have_the_bits_of_one_alone_on_a_gpu()
    {
        Assert.That(Devices.Gpu.Kind, Is.Not.EqualTo(DeviceKind.Cpu));
        Check(() => Devices.GpuChoice.Open());
    }

    // Each thread opens its device, builds kernels and runs them at the same time as the others.
    private static void Check(Func<Device> open)
    {
        double[] expected = Run(open);
        using var gate = new Barrier(Count);
        Task<double[]>[] runs = [.. Enumerable.Range(0, Count).Select(_ => Task.Factory.StartNew(() =>
        {
            gate.SignalAndWait();
            return Run(open);
        }, TaskCreationOptions.LongRunning))];
        Assert.That(Task.WhenAll(runs).Result, Is.All.EqualTo(expected));
    }

    private static double[] Run(Func<Device> open)
    {
        using Device device = open();
        using ArrayScope scope = device.OpenScope();
        Op[] ops = [new Conv2d(new Window(3, 1, 1)), new DepthwiseConv2d(new Window(3, 1, 1))];
        Shape[] weights = [new(3, 3, 6, 6), new(3, 3, 6)];
        DeviceArray map = device.Upload(new Shape(2, 5, 6, 6), Draw.Normal(360, 1), DType.Float32);
        for (int index = 0; index < ops.Length; index++)
        {
            DeviceArray weight = device.Upload(weights[index], Draw.Normal(weights[index].Count, 2), DType.Float32);
            OpResult result = ops[index].Forward([map, weight], keep: true);
            map = ops[index].Backward([map, weight], result, result.Output, [true, true])[0]!;
        }
        return map.ToDoubles();
    }

    public enum Form
    {
        Host,
        Threads,
        Groups,
    }
}
