using GpuPool.Autograd;
using GpuPool.Kernels;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Device = GpuPool.Kernels.Device;

namespace GpuPool.Tests.Kernels;

public sealed class MemoryPoolTests
{
    private const long Mebibyte = 1 << 20;

    private Context _context = null!;
    private Accelerator _accelerator = null!;

    [SetUp]
    public void Open()
    {
        _context = Context.Create(builder => builder.CPU(new CPUDevice(2, 1, 1)));
        _accelerator = _context.CreateCPUAccelerator(0);
    }

    [TearDown]
    public void Close()
    {
        _accelerator.Dispose();
        _context.Dispose();
    }

    [Test]
    public void Arrays_that_lie_together_take_the_memory_of_as_many_alone_hold_zeros_and_return_it_with_the_last()
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        device.FillsNewArraysWithNaN = true;
        Shape[] shapes = [new(3), new(0), new(5, 7)];
        DeviceArray[] alone = Array.ConvertAll(shapes, shape => device.Allocate(shape));
        long live = device.LiveBytes;
        IReadOnlyList<DeviceArray> together = device.AllocateTogether(shapes);
        Assert.That(device.LiveBytes, Is.EqualTo(2 * live));
        Assert.That(together.Select(array => array.Shape), Is.EqualTo(shapes));
        Assert.That(together.SelectMany(array => array.ToFloats()), Is.All.Zero);
        together[0].CopyFrom([1f, 2f, 3f]);
        Assert.That(together[2].ToFloats(), Is.All.Zero);
        together[0].Dispose();
        together[1].Dispose();
        Assert.That(device.LiveBytes, Is.EqualTo(2 * live));
        together[2].Dispose();
        Assert.That(device.LiveBytes, Is.EqualTo(live));
        foreach (DeviceArray array in alone)
            array.Dispose();
    }

    [Test]
    public void What_is_free_goes_back_to_the_driver_before_a_request_is_refused()
    {
        using MemoryPool pool = Pool(room: 10 * Mebibyte);
        for (int size = 1; size <= 3; size++)
            pool.Return(pool.Rent(size * 3 * Mebibyte / 2));
        MemoryPool.Block block = pool.Rent(9 * Mebibyte);
        Assert.That(pool.LiveBytes, Is.EqualTo(9 * Mebibyte));
        Assert.That(pool.ReservedBytes, Is.EqualTo(9 * Mebibyte));
        Assert.That(() => pool.Rent(2 * Mebibyte), Throws.TypeOf<DeviceMemoryException>().With.InnerException.InstanceOf<OutOfMemoryException>());
        pool.Return(block);
        Assert.That(pool.LiveBytes, Is.Zero);
    }

    [Test]
    public void The_last_room_is_given_without_rounding()
    {
        using MemoryPool pool = Pool(limit: 4 * Mebibyte - 64);
        MemoryPool.Block most = pool.Rent(3 * Mebibyte), rest = pool.Rent(Mebibyte - 64);
        Assert.That(pool.ReservedBytes, Is.EqualTo(4 * Mebibyte - 64));
        Assert.That(() => pool.Rent(128), Throws.TypeOf<DeviceMemoryException>()
            .With.Message.EqualTo("out of device memory: 0 MiB asked for, 3 MiB of 3 MiB in use"));
        pool.Return(most);
        pool.Return(rest);
    }

    [TestCase(1, 64)]
    [TestCase(1024, 1024)]
    [TestCase(1025, 1088)]
    [TestCase(1 << 20, 1 << 20)]
    [TestCase((1 << 20) + 1, 17 << 16)]
    [TestCase((2 << 20) - 1, 2 << 20)]
    public void A_block_has_one_of_sixteen_sizes_to_each_power_of_two(int asked, int size)
    {
        using MemoryPool pool = Pool();
        MemoryPool.Block block = pool.Rent(asked);
        Assert.That(block.Bytes, Is.EqualTo(size));
        pool.Return(block);
    }

    [Test]
    public void Memory_stays_flat_over_a_thousand_steps_of_random_image_sizes()
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        using (device.OpenScope())
        {
            Parameter[] weights = [.. new[] { 3, 8, 16, 16, 32 }.Zip([8, 16, 16, 32, 32], (inputs, outputs) =>
                new Parameter(device.Upload(new Shape(3, 3, inputs, outputs), new float[9 * inputs * outputs])))];
            var sizes = new Random(1);
            long early = 0;
            for (int step = 0; step < 1000; step++)
            {
                Step(device, weights, sizes.Next(8, 33));
                if (step == 250)
                    early = device.ReservedBytes;
            }
            Assert.That(device.ReservedBytes, Is.EqualTo(early));
            Assert.That((double)device.ReservedBytes / device.PeakBytes, Is.NoMoreThan(2.5));
        }
        Assert.That(device.LiveBytes, Is.Zero);
    }

    private static void Step(Device device, Parameter[] weights, int size)
    {
        using ArrayScope scope = device.OpenScope();
        Tensor x = Tensor.Leaf(device.Upload(new Shape(1, size, size, 3), new float[3 * size * size]));
        for (int layer = 0; layer < weights.Length; layer++)
            x = x.Conv2d(weights[layer], null, new Window(3, 1 + layer % 2, 1)).Relu();
        x.GlobalAveragePool().SoftmaxCrossEntropy(Tensor.Leaf(device.Upload(new Shape(1), [0f]))).Backward();
        foreach (Parameter weight in weights)
            weight.ClearGradient();
    }

    // The driver has this much room.
    private MemoryPool Pool(long limit = long.MaxValue / 2, long room = long.MaxValue / 2)
    {
        MemoryPool? pool = null;
        return pool = new MemoryPool(bytes => pool!.ReservedBytes + bytes <= room + MemoryPool.SlackBytes + 64
            ? _accelerator.Allocate1D<byte>(bytes)
            : throw new InsufficientMemoryException())
        { LimitBytes = limit };
    }
}
