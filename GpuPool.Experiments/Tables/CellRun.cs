namespace GpuPool.Experiments.Tables;

/// <summary>One run: a cell with a seed.</summary>
internal sealed record CellRun(TableCell Cell, ulong Seed)
{
    /// <summary>For example <c>ResNet18/self-attentive/s1=2, seed 0</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Cell.Name}, seed {Seed}");
}
