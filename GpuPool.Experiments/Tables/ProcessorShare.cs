namespace GpuPool.Experiments.Tables;

/// <summary>How the runs of a table share the processors.</summary>
/// <param name="Runs">Runs at a time on the CPU.</param>
/// <param name="Threads">Threads of each.</param>
internal sealed record ProcessorShare(int Runs, int Threads)
{
    // Each smoke run takes some hundred megabytes.
    private const int MostSmokeRuns = 8;

    /// <summary>
    /// With <paramref name="jobs"/> as many, each with its share of the processors or with <paramref name="threads"/>. Else one with all of them; but smoke
    /// runs, whose steps are too short to be shared, divide them.
    /// </summary>
    public static ProcessorShare Of(TablePreset preset, int? jobs, int? threads)
    {
        if (jobs is { } runs)
            return new ProcessorShare(runs, threads ?? Math.Max(1, Environment.ProcessorCount / runs));
        int all = threads ?? Environment.ProcessorCount, most = preset == TablePreset.Smoke ? Math.Min(all, MostSmokeRuns) : 1;
        return new ProcessorShare(most, all / most);
    }
}
