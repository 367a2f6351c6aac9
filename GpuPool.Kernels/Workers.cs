using System.Runtime.ExceptionServices;

namespace GpuPool.Kernels;

/// <summary>
/// Persistent threads that share the tiles of one launch with the calling thread. Tiles are handed out by a counter, so a slow core takes
/// fewer, and a launch is over when its tiles are done: a worker that the system has not let run yet is not waited for. A busy machine, or a loader
/// of images on the same cores, then costs its share of the time and not a time slice for each launch. A worker spins briefly for the next
/// launch before it sleeps, since a training step is hundreds of short launches.
/// </summary>
internal sealed class Workers : IDisposable
{
    // Some 50 microseconds: longer than the gap between two launches of a step, shorter than anything a user's other programs would feel.
    private const int SpinIterations = 500;

    private readonly Worker[] _workers;
    private ILaunch? _launch;
    private int _generation;
    private bool _stop;

    public Workers(int threads)
    {
        _workers = new Worker[threads - 1];
        for (int index = 0; index < _workers.Length; index++)
        {
            var worker = new Worker();
            _workers[index] = worker;
            worker.Thread = new Thread(() => Work(worker)) { IsBackground = true, Name = $"gpupool worker {index + 1}" };
            worker.Thread.Start();
        }
    }

    /// <summary>Number of threads that work on a launch, the caller included.</summary>
    public int Count => _workers.Length + 1;

    /// <summary>Runs all tiles and returns when the last is done. An exception of any tile is thrown here.</summary>
    public void Run<K>(in K kernel, int tiles) where K : struct, IHostKernel
    {
        if (tiles <= 1 || _workers.Length == 0)
        {
            for (int tile = 0; tile < tiles; tile++)
                kernel.RunTile(tile);
            return;
        }
        var launch = new Launch<K>(kernel, tiles);
        Volatile.Write(ref _launch, launch);
        Announce();
        launch.Take();
        launch.Wait();
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _stop, true);
        Announce();
        foreach (Worker worker in _workers)
        {
            worker.Thread.Join();
            worker.Dispose();
        }
    }

    private void Announce()
    {
        Interlocked.Increment(ref _generation);
        foreach (Worker worker in _workers)
        {
            if (Volatile.Read(ref worker.Sleeps) != 0)
                worker.Wake.Release();
        }
    }

    private void Work(Worker worker)
    {
        int seen = 0;
        while (true)
        {
            for (int spin = 0; spin < SpinIterations && Volatile.Read(ref _generation) == seen; spin++)
                Thread.SpinWait(8);
            while (Volatile.Read(ref _generation) == seen)
            {
                // Announced sleep first, then a last look: either this thread sees the new generation or its announcer sees it sleep.
                Interlocked.Exchange(ref worker.Sleeps, 1);
                if (Volatile.Read(ref _generation) == seen)
                    worker.Wake.Wait();
                Volatile.Write(ref worker.Sleeps, 0);
            }
            seen = Volatile.Read(ref _generation);
            if (Volatile.Read(ref _stop))
                return;
            // It may be over, or a later one already: then there is nothing left to take, or more.
            Volatile.Read(ref _launch)!.Take();
        }
    }

    // Each has a semaphore of its own: with a common one, a thread that has done its part could take the wake-up of one that still sleeps.
    private sealed class Worker : IDisposable
    {
        public readonly SemaphoreSlim Wake = new(0);
        public Thread Thread = null!;
        public int Sleeps;

        public void Dispose() => Wake.Dispose();
    }

    private interface ILaunch
    {
        void Take();
    }

    private sealed class Launch<K>(K kernel, int tiles) : ILaunch where K : struct, IHostKernel
    {
        private int _next = -1;
        private int _done;
        private Exception? _failure;

        public void Take()
        {
            for (int tile = Interlocked.Increment(ref _next); tile < tiles; tile = Interlocked.Increment(ref _next))
            {
                try
                {
                    kernel.RunTile(tile);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref _failure, exception, null);
                    // Tiles that nobody has taken yet count as done.
                    int taken = Interlocked.Exchange(ref _next, tiles) + 1;
                    Interlocked.Add(ref _done, Math.Max(0, tiles - taken));
                }
                Interlocked.Increment(ref _done);
            }
        }

        public void Wait()
        {
            var spin = new SpinWait();
            while (Volatile.Read(ref _done) < tiles)
                spin.SpinOnce(sleep1Threshold: -1);
            if (_failure is not null)
                ExceptionDispatchInfo.Throw(_failure);
        }
    }
}
