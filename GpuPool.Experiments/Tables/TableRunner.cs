using System.Diagnostics;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Trains the cells of a table. A run that is finished is kept as <c>runs/TABLE-PRESET/LABEL-WIDTH-SEED/result.json</c> and not done again, for another table neither; an unfinished one
/// of the larger presets goes on from its state. The CSV is rewritten after each run, and at the larger presets the files of epochs and of configurations beside it.
/// </summary>
/// <param name="table">What to run.</param>
/// <param name="preset">How much of it.</param>
/// <param name="data">Source of the images, in the form that configurations have.</param>
/// <param name="output">Folder of the CSV and of the runs.</param>
/// <param name="classes">Classes that detectors learn, with commas between them; null for those of their recipe.</param>
internal sealed class TableRunner(ITable table, TablePreset preset, string data, string output, string? classes = null)
{
    // A diverged run is a result; nobody waits beside a table to choose another rate.
    private static readonly TrainingOptions Options = new() { OnNonfinite = NonfiniteLoss.Record };

    // Memory of one run serves the next, whose arrays have nearly the same sizes: so much of it is kept that smoke runs ask the system for pages once.
    private const long KeptBytes = 512L << 20;

    private readonly Dictionary<(string, int?, int?), Splits> _images = [];

    /// <summary>Folder of the CSV and of the runs.</summary>
    public string Output => output;

    /// <summary>The table's file.</summary>
    public TableFile File { get; } = new(output, table, preset);

    /// <summary>
    /// Runs cells for each seed, one after the other. A run whose loss leaves the finite numbers ends there, and counts with what it had; one that fails is told in
    /// a line, and the others go on.
    /// </summary>
    /// <returns>The failures.</returns>
    public IReadOnlyList<GpuPoolException> Run(Session session, Device device, IReadOnlyList<TableCell> cells, IReadOnlyList<ulong> seeds)
    {
        OutputFolder.Create(output);
        List<GpuPoolException> failures = [];
        for (int index = 0; index < cells.Count; index++)
        {
            TableCell cell = cells[index];
            List<CellResult> results = [];
            foreach (ulong seed in seeds)
            {
                var run = new CellRun(cell, seed);
                string title = $"[{index + 1}/{cells.Count}] {cell.Name}";
                if (run.Attempt(() => results.Add(Complete(session, device, cell, seed, title))) is not { } failure)
                    File.Enter([(cell, results)]);
                else
                {
                    failures.Add(failure);
                    session.Error.WriteLine($"gpupool: {title}, seed {seed}: {failure.Cause}");
                }
            }
        }
        return failures;
    }

    /// <summary>
    /// Writes how our order of the methods compares with the paper's, and of several seeds how the methods differ, beside the CSV. The accuracies of smoke runs have no order.
    /// </summary>
    public void Rank(IReadOnlyList<ulong> seeds)
    {
        if (preset == TablePreset.Smoke)
            return;
        (TableCell Cell, double[] Accuracies)[] finished =
            [.. table.Cells.Select(cell => (Cell: cell, Accuracies: File.BestScores(cell, seeds))).Where(entry => entry.Accuracies.Length == seeds.Count)];
        WriteBeside("ranking", RankingRow.Of(table.Id, finished));
        WriteBeside("differences", DifferenceRow.Of(table.Id, finished));
    }

    private void WriteBeside<TRow>(string name, IReadOnlyList<TRow> rows) where TRow : class
    {
        if (rows.Count > 0)
            CsvFile.Write(Path.Combine(output, $"{table.Id}-{preset.ToString().ToLowerInvariant()}-{name}.csv"), rows);
    }

    /// <summary>The result of a run, which is trained unless it is finished. The CSV is left as it is.</summary>
    /// <exception cref="GpuPoolException">It does not fit into memory (12), or its folder holds a run of another configuration (3) or of another process (15).</exception>
    public CellResult Complete(Session session, Device device, TableCell cell, ulong seed, string title)
    {
        try
        {
            return Finished(cell, seed) ?? Train(session, device, cell, seed, title);
        }
        catch (Exception exception) when (Failure.IsOutOfMemory(exception))
        {
            throw new GpuPoolException(
                ExitCode.OutOfMemory, Failure.Of(exception).Cause, "Take fewer --jobs, a smaller --preset, or a device with more memory.", exception);
        }
    }

    /// <summary>The runs that are not finished, each once.</summary>
    public IEnumerable<CellRun> Left(IReadOnlyList<TableCell> cells, IReadOnlyList<ulong> seeds) =>
        cells.SelectMany(cell => seeds.Select(seed => new CellRun(cell, seed)))
            .Where(run => Finished(run.Cell, run.Seed) is null)
            .DistinctBy(Folder);

    /// <summary>Enters those of the cells' seeds that are finished, and writes the CSV.</summary>
    public void Enter(IEnumerable<TableCell> cells, IReadOnlyList<ulong> seeds) => File.Enter(
    [
        .. from cell in cells
           let results = seeds.Select(seed => Finished(cell, seed)).OfType<CellResult>().ToArray()
           where results.Length > 0
           select (cell, (IReadOnlyList<CellResult>)results),
    ]);

    /// <summary>The result of a run that needs not be done again, as this table or another one has trained the very same; null if it must.</summary>
    public CellResult? Finished(TableCell cell, ulong seed)
    {
        string folder = Folder(new CellRun(cell, seed)), name = Path.GetFileName(folder);
        TrainingConfig config = Configure(cell, seed);
        // Where weights are wanted, another table's result is not enough.
        IEnumerable<string> others = table.KeepsWeights ? [] : TableCatalogue.Tables.Select(other => Path.Combine(RunsFolder(output, other), name));
        return others.Prepend(folder).Select(known => CellResult.Read(known, config)).FirstOrDefault(result => result is not null);
    }

    private CellResult Train(Session session, Device device, TableCell cell, ulong seed, string title)
    {
        TrainingConfig config = Configure(cell, seed);
        string folder = Folder(new CellRun(cell, seed));
        ITask task = Task(config);
        var watch = Stopwatch.StartNew();
        if (device.ReservedBytes > KeptBytes)
            device.Trim();
        Trainer.Check(device, config, task);
        // Smoke runs take seconds: keeping the weights of each would cost more than running it again.
        using RunFolder? run = preset == TablePreset.Smoke && !table.KeepsWeights ? null : Open(folder, config, task);
        IReadOnlyList<EpochRecord> records = LiveMonitor.Watch(
            session.Error, title, monitor => new Trainer(device, config, task, run, monitor, Options).Run(session.Interrupt));
        Cost cost = config.Cost(task);
        EpochRecord? best = records.Best(config);
        var result = new CellResult
        {
            Config = config,
            Dataset = DatasetName(config.Data),
            BestScore = (best ?? records[^1]).Test.Score,
            BestEpoch = best?.Epoch,
            LastScore = records[^1].Test.Score,
            FirstLoss = records[0].Train.Loss,
            LastLoss = records[^1].Train.Loss,
            Epochs = records,
            Found = (task as Detection)?.Found is { } found ? FoundBox.Surest(found) : null,
            TrainImages = task.Data.TrainImages,
            TestImages = task.Data.TestImages,
            Parameters = cost.Parameters,
            MultiplyAdds = cost.MultiplyAdds,
            PeakBytes = records.Max(record => record.PeakBytes),
            Device = device.Name,
            Revision = Revision.Current,
            Seconds = run is null ? watch.Elapsed.TotalSeconds : records.Sum(record => record.Seconds),
        };
        OutputFolder.Create(folder);
        result.Write(folder);
        return result;
    }

    // Without the place where it is; a folder of images has no other name than its own.
    private static string DatasetName(string data)
    {
        string[] parts = data.Split(':', 2);
        return parts.Length == 2 && parts[0] == Distance.Name ? data : parts[0] == "folder" ? $"{parts[0]}:{Path.GetFileName(Path.TrimEndingDirectorySeparator(parts[1]))}" : parts[0];
    }

    // The remedies of a single run name its own options.
    private static RunFolder Open(string folder, TrainingConfig config, ITask task)
    {
        try
        {
            return RunFolder.Open(folder, config, task.ClassNames, resume: true);
        }
        catch (GpuPoolException refused) when (refused.Code is ExitCode.Configuration or ExitCode.NotWritable)
        {
            throw new GpuPoolException(
                refused.Code, refused.Cause,
                refused.Code == ExitCode.Configuration
                    ? "Give --data as it was in the earlier command, or another folder for --out."
                    : "Give another folder for --out, or wait for the process that writes there.",
                refused);
        }
    }

    /// <summary>What a run trains.</summary>
    public TrainingConfig Configure(TableCell cell, ulong seed) => table.Configure(cell, preset, data, seed) with { Classes = classes };

    /// <summary>The folder of the table's runs in an output folder.</summary>
    public string RunsFolder(string outputFolder) => RunsFolder(outputFolder, table);

    private string RunsFolder(string outputFolder, ITable any) => Path.Combine(outputFolder, "runs", $"{any.Id}-{preset.ToString().ToLowerInvariant()}");

    /// <summary>The folder of a run in another output folder.</summary>
    public string Folder(string outputFolder, CellRun run) =>
        Path.Combine(RunsFolder(outputFolder), FormattableString.Invariant($"{run.Cell.Architecture}-{run.Cell.Width:0.##}x{run.Cell.Variant}-seed{run.Seed}"));

    /// <summary>The folder of a run.</summary>
    public string Folder(CellRun run) => Folder(output, run);

    /// <summary>What a run learns. The cells of a table share their images, and so the cache of decoded files.</summary>
    public ITask Task(TrainingConfig config) => config.Task(Images(config));

    /// <summary>The images that a run learns from and is tested with.</summary>
    public Splits Images(TrainingConfig config)
    {
        lock (_images)
        {
            if (!_images.TryGetValue((config.Data, config.TrainLimit, config.TestLimit), out Splits? images))
                _images.Add((config.Data, config.TrainLimit, config.TestLimit), images = config.Open());
            return images;
        }
    }
}
