namespace GpuPool.Experiments.Tables;

/// <summary>Does single runs of a table, several at a time.</summary>
internal interface ICellWorker
{
    /// <summary>Does a run, so that it is finished afterwards.</summary>
    /// <returns>What is wrong if it is not; not looked at where it is, or where it was interrupted.</returns>
    Task<GpuPoolException?> Work(CellRun run, CancellationToken interrupt);
}
