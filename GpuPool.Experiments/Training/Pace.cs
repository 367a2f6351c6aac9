using System.Diagnostics;

namespace GpuPool.Experiments.Training;

/// <summary>Keeps lines of progress some seconds apart.</summary>
internal sealed class Pace
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();

    /// <summary>Whether a line is due; then the pause begins anew.</summary>
    public bool IsDue(bool always = false)
    {
        if (!always && _sinceLine.Elapsed < Pause)
            return false;
        _sinceLine.Restart();
        return true;
    }
}
