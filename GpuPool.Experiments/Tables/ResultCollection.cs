using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Tables;

/// <summary>Merges the runs of other output folders, from other machines for example, into those of a table.</summary>
/// <param name="session">Gets a line for each folder.</param>
/// <param name="runner">The table and its folder.</param>
internal sealed class ResultCollection(Session session, TableRunner runner)
{
    /// <summary>Copies the finished runs that are not there yet, and rewrites the CSV; of no folder, from what it has. Nothing is copied where one does not fit.</summary>
    /// <returns>The pairs of runs that should be the same and differ, told in a line each; the first of two is kept.</returns>
    /// <exception cref="GpuPoolException">A folder is missing (10), a result is damaged (11) or of another configuration, or a folder has none of the table (3).</exception>
    public IReadOnlyList<GpuPoolException> Collect(IReadOnlyList<string> folders, IReadOnlyList<TableCell> cells, IReadOnlyList<ulong> seeds)
    {
        if (folders.Count == 0)
        {
            runner.File.Write();
            return [];
        }
        CellRun[] runs = [.. cells.SelectMany(cell => seeds.Select(seed => new CellRun(cell, seed)))];
        (string Folder, (CellRun Run, CellResult Result)[] Found)[] sources = [.. folders.Select(folder => (folder, Find(folder, runs)))];
        List<GpuPoolException> differences = [];
        foreach ((string folder, (CellRun Run, CellResult Result)[] found) in sources)
        {
            int taken = 0;
            foreach ((CellRun run, CellResult result) in found)
            {
                string from = runner.Folder(folder, run), to = runner.Folder(run);
                if (runner.Finished(run.Cell, run.Seed) is not { } known)
                {
                    Copy(from, to);
                    taken++;
                }
                else if (!known.IsSameMeasurement(result))
                    differences.Add(new GpuPoolException(
                        ExitCode.CheckFailed, $"{run} has one result in {to} and another in {from}", "The first is kept; remove the wrong one and collect again."));
            }
            session.Error.WriteLine($"{folder}: {found.Length} results, {taken} of them new");
        }
        runner.Enter(cells, seeds);
        foreach (GpuPoolException difference in differences)
            session.Error.WriteLine($"gpupool: {difference.Cause}");
        return differences;
    }

    private (CellRun Run, CellResult Result)[] Find(string folder, CellRun[] runs)
    {
        string table = runner.RunsFolder(folder);
        if (!Directory.Exists(folder))
            throw new GpuPoolException(ExitCode.DataMissing, $"the folder {folder} is not there", "Give folders that were --out of 'gpupool reproduce'.");
        if (!Directory.Exists(table))
            throw new GpuPoolException(ExitCode.Configuration, $"{folder} has no runs of this table and preset: there is no {table}", "Give the preset of its runs.");
        return [.. from run in runs
                   let result = CellResult.Load(runner.Folder(folder, run))
                   where result is not null
                   select (run, Fitting(runner.Folder(folder, run), run, result))];
    }

    private CellResult Fitting(string folder, CellRun run, CellResult result)
    {
        if (result.Config == runner.Configure(run.Cell, run.Seed))
            return result;
        throw new GpuPoolException(
            ExitCode.Configuration,
            $"{folder} holds a result of another configuration ({result.Config.Difference(runner.Configure(run.Cell, run.Seed))})",
            "Give --preset and --data as they were in its command, or leave the folder out.");
    }

    // The result is the last, so that a run that counts as finished has all its files.
    private static void Copy(string from, string to)
    {
        OutputFolder.Create(to);
        foreach (string file in Directory.GetFiles(from).Where(file => !Path.GetFileName(file).StartsWith('.')).OrderBy(CellResult.IsFile))
        {
            using FileStream source = File.OpenRead(file);
            AtomicFile.Write(Path.Combine(to, Path.GetFileName(file)), source.CopyTo);
        }
    }
}
