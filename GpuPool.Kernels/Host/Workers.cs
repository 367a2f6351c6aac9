using System.Runtime.ExceptionServices;

namespace GpuPool.Kernels.Host;

/// <summary>
/// Persistent threads that share the tiles of one launch with the calling thread. Each takes the tiles of its own share in order, the same share of every
/// launch, since what a core has written is nearest to itself; who is done first goes on with the shares of the others, so a slow core does less. A launch
/// is over when its tiles are done: a worker that the system has not let run yet is not waited for. A busy machine, or a loader of images on the same cores,
/// then costs its share of the time and not a time slice for each launch. A worker spins briefly for the next launch before it sleeps, since a training
/// step is hundreds of short launches.
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
            var worker = new Worker(index + 1);
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
        var launch = new Launch<K>(kernel, tiles, Count);
        Volatile.Write(ref _launch, launch);
        Announce();
        launch.Take(thread: 0);
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
            Volatile.Read(ref _launch)!.Take(worker.Number);
        }
    }

    // Each has a semaphore of its own: with a common one, a thread that has done its part could take the wake-up of one that still sleeps.
    private sealed class Worker(int number) : IDisposable
    {
        public readonly int Number = number;
        public readonly SemaphoreSlim Wake = new(0);
        public Thread Thread = null!;
        public int Sleeps;

        public void Dispose() => Wake.Dispose();
    }

    private interface ILaunch
    {
        void Take(int thread);
    }

    private sealed class Launch<K>(K kernel, int tiles, int threads) : ILaunch where K : struct, IHostKernel
    {
        // A counter that two cores write costs a trip between them each time, so each has two cache lines (they are fetched in pairs) for itself.
        private const int Line = 128 / sizeof(int);

        private readonly int[] _counters = new int[(threads + 2) * Line];
        private Exception? _failure;

        private ref int Done => ref _counters[(threads + 1) * Line];

        public void Take(int thread)
        {
            int done = 0;
            for (int turn = 0; turn < threads; turn++)
                done += TakeShare((thread + turn) % threads);
            if (done > 0)
                Interlocked.Add(ref Done, done);
        }

        public void Wait()
        {
            var spin = new SpinWait();
            while (Volatile.Read(ref Done) < tiles)
                spin.SpinOnce(sleep1Threshold: -1);
            if (_failure is not null)
                ExceptionDispatchInfo.Throw(_failure);
        }

        private int TakeShare(int owner)
        {
            ref int taken = ref _counters[(owner + 1) * Line];
            int first = First(owner), length = First(owner + 1) - first, done = 0;
            while (Volatile.Read(ref taken) < length && Interlocked.Increment(ref taken) is var number && number <= length)
            {
                Run(first + number - 1);
                done++;
            }
            return done;
        }

        private int First(int thread) => (int)((long)tiles * thread / threads);

        // After a failure the other tiles are taken, so that the launch ends, and not run.
        private void Run(int tile)
        {
            if (Volatile.Read(ref _failure) is not null)
                return;
            try
            {
                kernel.RunTile(tile);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref _failure, exception, null);
            }
        }
    }
}
