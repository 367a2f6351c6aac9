namespace GpuPool.Experiments.Tables;

/// <summary>One run: a cell with a seed.</summary>
internal sealed record CellRun(TableCell Cell, ulong Seed)
{
    /// <summary>Does the run. Whatever goes wrong, but an interrupt, is a failure of this run and not of its table.</summary>
    /// <returns>The failure; null if there is none.</returns>
    public GpuPoolException? Attempt(Action work)
    {
        try
        {
            work();
            return null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            GpuPoolException failure = Experiments.Failure.Of(exception);
            return Failure(failure.Code, failure.Message.TrimEnd('.'));
        }
    }

    /// <summary>A failure of this run.</summary>
    public GpuPoolException Failure(ExitCode code, string cause) => new(code, cause, FormattableString.Invariant($"'--cell {Cell.Name} --seeds {Seed}' runs it alone."));

    /// <summary>For example <c>ResNet18/self-attentive/s1=2, seed 0</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Cell.Name}, seed {Seed}");
}
