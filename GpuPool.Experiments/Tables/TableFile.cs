using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// The CSV of a table at a preset: a row for each cell in the order of the table, replaced as a whole whenever cells are finished; and beside it the epochs of
/// its runs and their configurations.
/// </summary>
internal sealed class TableFile
{
    private readonly Dictionary<string, TableCell> _cells;
    private readonly Dictionary<string, CellRow> _rows;
    private readonly Dictionary<string, EpochRow[]> _curves;
    private readonly ConfigFile _configs;
    private readonly ITable _table;
    private readonly TablePreset _preset;

    /// <summary>Opens the file in a folder; rows that it has already are kept until their cell is run again.</summary>
    /// <exception cref="GpuPoolException">A file is damaged, or has measured rows that are none of this table (11): they would be lost.</exception>
    public TableFile(string folder, ITable table, TablePreset preset)
    {
        (_table, _preset) = (table, preset);
        FilePath = Path.Combine(folder, $"{table.Id}-{preset.ToString().ToLowerInvariant()}.csv");
        _cells = table.Cells.ToDictionary(cell => Empty(cell).Key);
        Func<CellRow, CsvFault?> cellOnce = CellRow.Once();
        _rows = table.Columns.ReadCells(FilePath, row => cellOnce(row) ?? Foreign(row)).ToDictionary(row => row.Key);
        CurvePath = Path.Combine(folder, $"{table.Id}-{preset.ToString().ToLowerInvariant()}-curves.csv");
        Func<EpochRow, CsvFault?> epochOnce = EpochRow.Once();
        _curves = table.Columns.ReadEpochs(CurvePath, row => epochOnce(row) ?? Foreign(row.Key, row.Architecture))
            .GroupBy(row => row.Key).ToDictionary(run => run.Key, run => run.ToArray());
        _configs = new ConfigFile(folder, table, preset);
    }

    /// <summary>Where it is.</summary>
    public string FilePath { get; }

    /// <summary>Where the epochs of all runs are. At the smoke preset they mean nothing, and are not kept, nor are configurations.</summary>
    public string CurvePath { get; }

    /// <summary>All rows, empty ones for cells that were not run.</summary>
    public IReadOnlyList<CellRow> Rows => [.. _table.Cells.Select(Row)];

    /// <summary>The best score of a cell's run with each seed, as rows and epochs have it; without those seeds that they have not.</summary>
    public double[] BestScores(TableCell cell, IReadOnlyList<ulong> seeds)
    {
        CellRow row = Row(cell);
        HashSet<(string Seed, string Epoch)> best = [.. (row.Seeds ?? "").Split(' ').Zip((row.BestEpoch ?? "").Split(' '))];
        ILookup<ulong, EpochRow> runs = _curves.GetValueOrDefault(row.Key, []).ToLookup(epoch => epoch.Seed);
        // A run without a finite epoch counts with its last one.
        return
        [
            .. seeds.Select(seed => runs[seed].LastOrDefault(epoch => best.Contains(($"{seed}", $"{epoch.Epoch}")) || best.Contains(($"{seed}", "-"))))
                .OfType<EpochRow>().Select(epoch => epoch.TestScore),
        ];
    }

    /// <summary>Enters the results of cells, of at least one seed each, and writes the files once. A row that has these seeds and more of the same experiment stays.</summary>
    public void Enter(IReadOnlyList<(TableCell Cell, IReadOnlyList<CellResult> Results)> entries)
    {
        entries = [.. entries.Where(entry => !Row(entry.Cell).HasMoreSeedsThan(Empty(entry.Cell).With(entry.Results)))];
        foreach ((TableCell cell, IReadOnlyList<CellResult> results) in entries)
        {
            CellRow row = Empty(cell).With(results);
            _rows[row.Key] = row;
            _curves[row.Key] = [.. results.SelectMany(result => result.Epochs.Select(epoch => _table.Columns.Epoch(row, result.Config.Seed, epoch)))];
        }
        _configs.Enter(entries);
        Write();
    }

    /// <summary>Writes the files with the paper's values as the table has them; none where no cell was measured.</summary>
    public void Write()
    {
        if (_rows.Values.All(row => row.BestScore is null))
            return;
        CsvFile.Write(FilePath, Rows);
        if (_preset == TablePreset.Smoke)
            return;
        if (_curves.Count > 0)
            CsvFile.Write(CurvePath, [.. _table.Cells.SelectMany(known => _curves.GetValueOrDefault(Empty(known).Key, []))]);
        _configs.Write();
    }

    private CsvFault? Foreign(CellRow row) => row.BestScore is null ? null
        : row.Preset != Empty(_table.Cells[0]).Preset ? new CsvFault("preset", $"'{row.Preset}' is not the preset of this file")
        : Foreign(row.Key, row.Architecture);

    private CsvFault? Foreign(string key, string architecture) =>
        !_cells.TryGetValue(key, out TableCell? cell) ? new CsvFault("s1", $"{_table.Id} has no cell {key}")
        : architecture != cell.Architecture ? new CsvFault("architecture", $"'{architecture}' is not {cell.Architecture}, which {key} is in {_table.Id}")
        : null;

    private CellRow Row(TableCell cell)
    {
        CellRow empty = Empty(cell);
        return _rows.GetValueOrDefault(empty.Key) is { BestScore: not null } row ? row.WithPaper(cell) : empty;
    }

    private CellRow Empty(TableCell cell) => _table.Columns.Empty(_table, cell, _preset);
}
