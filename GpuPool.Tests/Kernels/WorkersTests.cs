using GpuPool.Kernels;
using GpuPool.Kernels.Host;

namespace GpuPool.Tests.Kernels;

public sealed class WorkersTests
{
    [Test, CancelAfter(60_000)]
    public void Every_tile_runs_once_with_more_threads_than_processors([Values(1, 2, 3, 5)] int threads)
    {
        using var workers = new Workers(threads);
        int[] counts = new int[17];
        for (int launch = 1; launch <= 2000; launch++)
        {
            workers.Run(new Count17 { Counts = counts }, counts.Length);
            Assert.That(counts, Is.All.EqualTo(launch));
            // Long enough at times for the workers to fall asleep.
            if (launch % 100 == 0)
                Thread.Sleep(2);
        }
    }

    [Test]
    public void An_exception_of_a_tile_reaches_the_caller_and_the_workers_go_on()
    {
        using var workers = new Workers(3);
        Assert.That(() => workers.Run(new Failing(), 8), Throws.InvalidOperationException);
        int[] counts = new int[17];
        workers.Run(new Count17 { Counts = counts }, counts.Length);
        Assert.That(counts, Is.All.EqualTo(1));
    }

    private struct Count17 : IHostKernel
    {
        public int[] Counts;

        public readonly int Count => Counts.Length;

        public readonly int Tiles => Counts.Length;

        public readonly void Run(int index) => Counts[index]++;

        public readonly void RunTile(int tile) => Interlocked.Increment(ref Counts[tile]);
    }

    private struct Failing : IHostKernel
    {
        public readonly int Count => 8;

        public readonly int Tiles => 8;

        public readonly void Run(int index) => throw new InvalidOperationException("tile");

        public readonly void RunTile(int tile) => throw new InvalidOperationException("tile");
    }
}
