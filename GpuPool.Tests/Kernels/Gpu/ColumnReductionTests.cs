using GpuPool.Kernels;
using GpuPool.Kernels.Gpu;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Gpu;

public sealed class ColumnReductionTests
{
    // Around the lanes of rows of a group, the parts of a segment, and the columns of a group.
    [TestCase(1, 1), TestCase(7, 3), TestCase(8, 32), TestCase(9, 33), TestCase(255, 2), TestCase(257, 1), TestCase(2049, 1), TestCase(64, 64), TestCase(65, 31), TestCase(1030, 40)]
    public void Sums_of_columns_equal_those_of_the_portable_body(int rows, int columns)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(rows, columns), Draw.Normal(rows * columns, 1)), sums = Devices.Cpu.Allocate(new Shape(columns), DType.Float64);
        OpCheck.Portable(() => ColumnSum.Launch<double>(Devices.Cpu, x, sums));
        double[] expected = sums.ToDoubles();
        OpCheck.Groups(() => ColumnSum.Launch<double>(Devices.Cpu, x, sums));
        Assert.That(OpCheck.RelativeError(sums.ToDoubles(), expected), Is.NoMoreThan(OpCheck.Float64Tolerance));
    }

    // A large GPU of 132 multiprocessors has room for 2,048 threads on each.
    [TestCase(64 * 112 * 112, 32), TestCase(64 * 56 * 56, 144), TestCase(64 * 28 * 28, 192), TestCase(64 * 14 * 14, 576), TestCase(64 * 7 * 7, 1280)]
    public void Tall_sums_fill_a_large_device_and_their_parts_are_counted_alone(int rows, int columns)
    {
        IReadOnlyList<LaunchCost> launches = LaunchProfile.Of(device =>
        {
            using ArrayScope scope = device.OpenScope();
            ColumnSum.Launch<float>(device, device.Allocate(new Shape(rows, columns)), device.Allocate(new Shape(columns)));
        });
        Assert.That(launches, Has.Count.EqualTo(2));
        Assert.That(launches[0].Threads, Is.AtLeast(132 * 2048 * 9 / 10));
        Assert.That(launches[0].Bytes, Is.AtLeast(sizeof(float) * (long)rows * columns));
        Assert.That(launches[1].Bytes, Is.Below(launches[0].Bytes / 16));
        Assert.That(launches[1].Bytes / sizeof(float) / launches[1].Threads, Is.NoMoreThan(128), "elements of a thread");
    }

    [Test]
    public void Every_row_belongs_to_one_part_and_every_column_to_one_thread([Values(1, 2, 300)] int segments, [Values(0, 1, 63, 65, 5000)] int rows, [Values(1, 5, 32, 33)] int columns)
    {
        var extent = new ReductionExtent(segments, rows, columns);
        HashSet<(int, int, int, int)> seen = [];
        for (int group = 0; group < extent.Groups; group++)
        {
            for (int thread = 0; thread < GroupEntryPoint.Threads; thread++)
            {
                int segment = extent.Segment(group, thread), column = extent.Column(group, thread);
                if (segment < segments && column < columns)
                    Assert.That(seen.Add((segment, extent.Part(group), column, extent.Lane(thread))), "each once");
            }
        }
        Assert.That(seen, Has.Count.EqualTo(segments * extent.Parts * columns * extent.Lanes));
        Assert.That(extent.Parts * extent.PartRows, Is.AtLeast(rows));
        Assert.That(extent.Parts * extent.PartRows, Is.Below(rows + extent.PartRows + 1));
    }
}
