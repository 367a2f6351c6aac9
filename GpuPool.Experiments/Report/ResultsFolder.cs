using CsvHelper;
using GpuPool.Experiments.Attribution;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report;

/// <summary>A file with the accuracies of a table.</summary>
internal sealed record AccuracyFile(CsvTable File, IReadOnlyList<TableRow> Rows)
{
    /// <summary>Whether the paper prints a value of any of the rows.</summary>
    public bool HasPaperValues => Rows.Any(row => row.PaperAccuracy is not null);
}

/// <summary>A file with the average precisions of a table.</summary>
/// <param name="File">The file.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Pictures">What the detectors found in some pictures, as PNG; null where nothing was drawn.</param>
internal sealed record PrecisionFile(CsvTable File, IReadOnlyList<PrecisionRow> Rows, byte[]? Pictures);

/// <summary>A file with the epochs of a table's runs.</summary>
/// <param name="File">The file.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Score">What networks are compared by, for example <c>accuracy</c>.</param>
/// <param name="Loss">What is minimised.</param>
internal sealed record CurveFile(CsvTable File, IReadOnlyList<EpochRow> Rows, string Score, string Loss);

/// <summary>A file that was not understood in full.</summary>
/// <param name="Name">Name of the file.</param>
/// <param name="Reason">What is wrong with it, without the full stop at its end.</param>
internal sealed record BrokenFile(string Name, string Reason);

/// <summary>All CSV files of a folder by what they hold, in the order of their names.</summary>
internal sealed class ResultsFolder
{
    private const long MostPictureBytes = 16 << 20;

    private readonly List<AccuracyFile> _accuracies = [];
    private readonly List<PrecisionFile> _precisions = [];
    private readonly List<CurveFile> _curves = [];
    private readonly List<MapFigureFiles> _figures = [];
    private readonly List<CsvTable> _others = [];
    private readonly List<BrokenFile> _broken = [];

    private ResultsFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Figures of where networks look.</summary>
    public IReadOnlyList<MapFigureFiles> Figures => _figures;

    /// <summary>Tables of accuracies.</summary>
    public IReadOnlyList<AccuracyFile> Accuracies => _accuracies;

    /// <summary>Tables of average precisions.</summary>
    public IReadOnlyList<PrecisionFile> Precisions => _precisions;

    /// <summary>Learning curves.</summary>
    public IReadOnlyList<CurveFile> Curves => _curves;

    /// <summary>Everything else.</summary>
    public IReadOnlyList<CsvTable> Others => _others;

    /// <summary>Files that cannot be read, or hold something else than their columns say; the latter are among <see cref="Others"/> too.</summary>
    public IReadOnlyList<BrokenFile> Broken => _broken;

    /// <summary>Reads a folder.</summary>
    /// <exception cref="GpuPoolException">There is no folder, or no CSV file in it (10).</exception>
    public static ResultsFolder Read(string path)
    {
        string[] files = Directory.Exists(path) ? [.. Directory.GetFiles(path, "*.csv").Order(StringComparer.Ordinal)] : [];
        if (files.Length == 0)
            throw new GpuPoolException(
                ExitCode.DataMissing, $"there is no result in {path}: it holds no CSV file", "Run 'gpupool reproduce table2' first, or give another --results.");
        var folder = new ResultsFolder(path);
        foreach (string file in files)
            folder.Add(file);
        foreach (string file in Directory.GetFiles(path, "figure4-*.png").Order(StringComparer.Ordinal))
            folder.AddFigure(System.IO.Path.ChangeExtension(file, null));
        return folder;
    }

    /// <summary>The epochs of the runs of a table.</summary>
    public IEnumerable<EpochRow> CurvesOf(CsvTable table) =>
        Curves.Where(curve => curve.File.Name == $"{table.Name}-curves").SelectMany(curve => curve.Rows);

    // Its tables are shown with it, and not once more among the others.
    private void AddFigure(string stem)
    {
        string name = System.IO.Path.GetFileName(stem);
        if (name.Count(letter => letter == '-') > 1)
            return;
        CsvTable? deletion = Taken($"{name}-deletion"), attention = Taken($"{name}-attention");
        _figures.Add(new MapFigureFiles(name, DataFile.ReadAll($"{stem}.png", MostPictureBytes))
        {
            Deletion = deletion is null ? null : (deletion, deletion.Records<DeletionRow>()),
            Attention = attention,
            AttentionPicture = File.Exists($"{stem}-attention.png") ? DataFile.ReadAll($"{stem}-attention.png", MostPictureBytes) : null,
        });
    }

    private CsvTable? Taken(string name)
    {
        CsvTable? table = _others.Find(other => other.Name == name);
        if (table is not null)
            _others.Remove(table);
        return table;
    }

    private void Add(string path)
    {
        try
        {
            CsvTable table = CsvTable.Read(path);
            Classify(table, System.IO.Path.ChangeExtension(path, null) + "-detections.png");
        }
        catch (Exception exception) when (exception is CsvFormatException or IOException or UnauthorizedAccessException)
        {
            _broken.Add(new BrokenFile(System.IO.Path.GetFileName(path), exception.Message.TrimEnd('.')));
        }
    }

    private void Classify(CsvTable table, string pictures)
    {
        try
        {
            if (table.Has<CurveRow>())
                _curves.Add(new CurveFile(table, table.Records<CurveRow>(EpochRow.Once()), "accuracy", "cross-entropy"));
            else if (table.Has<PrecisionCurveRow>() && table.Columns.Contains("test_map"))
                _curves.Add(new CurveFile(table, table.Records<PrecisionCurveRow>(EpochRow.Once()), "mean average precision", "all parts together"));
            else if (table.Has<TableRow>() && table.Columns.Contains("best_accuracy"))
                _accuracies.Add(new AccuracyFile(table, Rows<TableRow>(table)));
            else if (table.Has<PrecisionRow>() && table.Columns.Contains("best_map"))
                _precisions.Add(new PrecisionFile(table, Rows<PrecisionRow>(table), File.Exists(pictures) ? DataFile.ReadAll(pictures, MostPictureBytes) : null));
            else
                _others.Add(table);
        }
        catch (CsvFormatException)
        {
            _others.Add(table);
            throw;
        }
    }

    // The tables know what the paper prints; the file may be older.
    private static IReadOnlyList<TRow> Rows<TRow>(CsvTable table) where TRow : CellRow =>
        [.. table.Records<TRow>(CellRow.Once()).Select(row => Known(row) is { } cell ? (TRow)row.WithPaper(cell) : row)];

    private static TableCell? Known(CellRow row) =>
        TableCatalogue.Tables.FirstOrDefault(table => table.Id == row.Table)?.Cells
            .FirstOrDefault(cell => (cell.Network, cell.Method, cell.Placement, cell.FirstStride) == (row.Network, row.Method, row.Placement, row.S1));
}
