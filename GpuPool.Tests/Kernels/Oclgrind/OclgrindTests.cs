using GpuPool.Kernels;
using GpuPool.Tests.Kernels.Matrix;
using ILGPU;

namespace GpuPool.Tests.Kernels.Oclgrind;

/// <summary>
/// Every op in the bodies of GPUs, for oclgrind to watch: it interprets each thread, and reports memory that is touched beyond its end, races and barriers that a thread does
/// not meet. <c>tools/oclgrind.sh</c> runs these tests and counts its reports.
/// </summary>
[Category("Nightly")]
public sealed class OclgrindTests
{
    private const int Shapes = 3;

    private static OpRow[] Rows => OpMatrix.Rows;

    [SetUp]
    public void RequireOclgrind()
    {
        if (!Devices.Gpu.Name.StartsWith("Oclgrind", StringComparison.Ordinal))
            Assert.Ignore("tools/oclgrind.sh runs this test under oclgrind.");
        Devices.Gpu.AllocatesExactly = true;
    }

    [TestCaseSource(nameof(Rows))]
    public void Nothing_is_reported(OpRow row)
    {
        for (int number = 0; number < Shapes; number++)
        {
            OpCase call = OpCase.Draw(row, number, DType.Float32);
            foreach (Body body in Body.Gpu)
                body.Run(device => call.Check(device, body.Name, []));
        }
    }

    [Test]
    public void An_overrun_is_reported() => Launch(y => new Overrun { Y = y });

    [Test]
    public void A_race_is_reported() => Launch(y => new Race { Y = y });

    [Test]
    public void A_race_in_shared_memory_is_reported()
    {
        using DeviceArray y = Devices.Gpu.Allocate(new Shape(GroupEntryPoint.Threads));
        Devices.Gpu.LaunchStage(new SharedRace { Y = y.View<float>() });
        Devices.Gpu.Synchronize();
    }

    private static void Launch<K>(Func<ArrayView<float>, K> kernel) where K : struct, IKernel
    {
        using DeviceArray y = Devices.Gpu.Allocate(new Shape(64));
        Devices.Gpu.Launch(kernel(y.View<float>()));
        Devices.Gpu.Synchronize();
    }

    /// <summary>The last thread writes behind the end.</summary>
    private struct Overrun : IKernel
    {
        public ArrayView<float> Y;

        public readonly int Count => Y.IntLength;

        public readonly void Run(int index) => Y[index + 1] = index;
    }

    /// <summary>All threads write one element.</summary>
    private struct Race : IKernel
    {
        public ArrayView<float> Y;

        public readonly int Count => Y.IntLength;

        public readonly void Run(int index) => Y[0] = index;
    }

    /// <summary>Each thread reads what its neighbour writes, without a barrier between.</summary>
    private struct SharedRace : IGroupStage
    {
        public ArrayView<float> Y;

        public readonly int Groups => 1;

        public readonly void Run(int group, int thread)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(GroupEntryPoint.Threads);
            shared[thread] = thread;
            Y[thread] = shared[(thread + 1) % GroupEntryPoint.Threads];
        }
    }
}
