using System.Collections.Concurrent;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Does each run on a thread of this process, with a CPU device of its own: for runs that take no longer than the start of a process. A step on few small
/// images leaves threads little to share, so runs beside each other are done sooner than one after the other on all threads; their results are the same.
/// </summary>
/// <param name="session">Says when to end; a run writes nothing there.</param>
/// <param name="runner">Does the runs.</param>
/// <param name="threads">Threads of each device.</param>
internal sealed class CellThread(Session session, TableRunner runner, int threads) : ICellWorker, IDisposable
{
    private readonly Session _silent = session with { Error = TextWriter.Null };
    private readonly ConcurrentBag<Device> _idle = [];

    /// <inheritdoc/>
    public Task<GpuPoolException?> Work(CellRun run, CancellationToken interrupt) =>
        Task.Factory.StartNew(() => Work(run), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Closes the devices, all of which are idle.</summary>
    public void Dispose()
    {
        foreach (Device device in _idle)
            device.Dispose();
    }

    private GpuPoolException? Work(CellRun run) => run.Attempt(() =>
    {
        Device device = _idle.TryTake(out Device? idle) ? idle : Device.Open(DeviceKind.Cpu, threads: threads);
        try
        {
            runner.Complete(_silent, device, run.Cell, run.Seed, "");
        }
        finally
        {
            _idle.Add(device);
        }
    });
}
