using System.Diagnostics;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Trains the cells of a table. A run that is finished is kept as <c>runs/TABLE-PRESET/LABEL-WIDTH-SEED/result.json</c> and not done again; an unfinished one
/// of the larger presets goes on from its state. The CSV is rewritten after each run.
/// </summary>
/// <param name="table">What to run.</param>
/// <param name="preset">How much of it.</param>
/// <param name="data">Source of the images.</param>
/// <param name="output">Folder of the CSV and of the runs.</param>
internal sealed class TableRunner(ITable table, TablePreset preset, DatasetSource data, string output)
{
    // A diverged run is a result; nobody waits beside a table to choose another rate.
    private static readonly TrainingOptions Options = new() { OnNonfinite = NonfiniteLoss.Record };

    private readonly Dictionary<(int?, int?), DatasetSplits> _images = [];

    /// <summary>The table's file.</summary>
    public TableFile File { get; } = new(output, table, preset);

    /// <summary>Runs cells for each seed. A run whose loss leaves the finite numbers ends there, and counts with what it had.</summary>
    public void Run(Session session, Device device, IReadOnlyList<TableCell> cells, IReadOnlyList<ulong> seeds)
    {
        OutputFolder.Create(output);
        for (int index = 0; index < cells.Count; index++)
        {
            TableCell cell = cells[index];
            List<CellResult> results = [];
            foreach (ulong seed in seeds)
            {
                results.Add(Finished(cell, seed) ?? Train(session, device, cell, seed, $"[{index + 1}/{cells.Count}] {cell.Name}"));
                File.Enter(cell, results);
            }
        }
        Rank(seeds);
    }

    // The accuracies of smoke runs have no order.
    private void Rank(IReadOnlyList<ulong> seeds)
    {
        if (preset == TablePreset.Smoke)
            return;
        IReadOnlyList<RankingRow> rankings = RankingRow.Of(table.Id, table.Cells
            .Select(cell => (Cell: cell, Accuracies: seeds.Select(seed => Finished(cell, seed)).OfType<CellResult>().Select(result => result.BestAccuracy).ToArray()))
            .Where(entry => entry.Accuracies.Length == seeds.Count));
        if (rankings.Count > 0)
            CsvFile.Write(System.IO.Path.Combine(output, $"{table.Id}-{preset.ToString().ToLowerInvariant()}-ranking.csv"), rankings);
    }

    /// <summary>The result of a run that needs not be done again; null if it must.</summary>
    public CellResult? Finished(TableCell cell, ulong seed) => CellResult.Read(Folder(cell, seed), Configure(cell, seed));

    private CellResult Train(Session session, Device device, TableCell cell, ulong seed, string title)
    {
        TrainingConfig config = Configure(cell, seed);
        string folder = Folder(cell, seed);
        DatasetSplits images = Images(config);
        var watch = Stopwatch.StartNew();
        device.Trim();
        // Smoke runs take seconds: keeping the weights of each would cost more than running it again.
        using RunFolder? run = preset == TablePreset.Smoke ? null : RunFolder.Open(folder, config, resume: true);
        IReadOnlyList<EpochRecord> records = LiveMonitor.Watch(
            session.Error, title, monitor => new Trainer(device, config, images, run, monitor, Options).Run(session.Interrupt));
        Cost cost = config.Cost(images.Train.Classes);
        EpochRecord best = records.Best(config);
        var result = new CellResult
        {
            Config = config,
            Dataset = data.Kind == "folder" ? $"{data.Kind}:{Path.GetFileName(Path.TrimEndingDirectorySeparator(data.Folder!))}" : data.Kind,
            BestAccuracy = best.TestAccuracy,
            BestEpoch = best.Epoch,
            LastAccuracy = records[^1].TestAccuracy,
            FirstLoss = records[0].TrainLoss,
            LastLoss = records[^1].TrainLoss,
            Epochs = records,
            TrainImages = images.Train.Count,
            TestImages = images.Test.Count,
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

    /// <summary>What a run trains.</summary>
    public TrainingConfig Configure(TableCell cell, ulong seed) => table.Configure(cell, preset, data.ToString(), seed);

    private string Folder(TableCell cell, ulong seed) => Path.Combine(
        output, "runs", $"{table.Id}-{preset.ToString().ToLowerInvariant()}",
        FormattableString.Invariant($"{cell.Architecture}-{cell.Width:0.##}x{(cell.Pruned ? "-pruned" : "")}-seed{seed}"));

    // The cells of a table share their images, and so the cache of decoded files.
    private DatasetSplits Images(TrainingConfig config)
    {
        if (!_images.TryGetValue((config.TrainLimit, config.TestLimit), out DatasetSplits? images))
            _images.Add((config.TrainLimit, config.TestLimit), images = data.Open(config.TrainLimit, config.TestLimit));
        return images;
    }
}
