using System.Globalization;
using System.Xml.Linq;
using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report.Html;

/// <summary>At what scale the cells of a file were run, by what its rows say.</summary>
internal sealed class Scale
{
    private readonly TableRow[] _run;
    private readonly string _presets, _datasets;

    /// <summary>The scale of a file.</summary>
    public Scale(AccuracyFile file)
    {
        _run = [.. file.Rows.Where(row => row.BestAccuracy is not null)];
        Table = TableCatalogue.Tables.FirstOrDefault(table => file.Rows.Any(row => row.Table == table.Id));
        _presets = Distinct(file.Rows, row => row.Preset);
        _datasets = Distinct(_run, row => row.Dataset);
    }

    /// <summary>The table of the paper; null if this program does not know it.</summary>
    public ITable? Table { get; }

    /// <summary>The cells that were run.</summary>
    public IReadOnlyList<TableRow> Run => _run;

    /// <summary>Whether the paper's recipe was run on the paper's data.</summary>
    public bool IsOfPaper => HasPaperPreset && HasPaperData;

    /// <summary>What is not as in the paper, and how large the experiment was instead.</summary>
    public string Difference => string.Join(", ", Differences());

    private bool HasPaperPreset => _presets.Equals(nameof(TablePreset.Paper), StringComparison.OrdinalIgnoreCase);

    private bool HasPaperData => Table is not null && (_run.Length == 0 || _datasets == Table.DatasetKind);

    /// <summary>The label of the file: term and value.</summary>
    public XElement Label() => Tag.Of("dl", Terms().Where(term => term.Value.Length > 0).Select(term => Tag.Of("div", Tag.Of("dt", term.Name), Tag.Of("dd", term.Value))));

    /// <summary>The different values of a column, in their order.</summary>
    public static string Distinct<T>(IEnumerable<TableRow> rows, Func<TableRow, T> value) =>
        string.Join(", ", rows.Select(value).Where(one => one is not null).Distinct().Order().Select(one => Convert.ToString(one, CultureInfo.InvariantCulture)));

    private IEnumerable<string> Differences()
    {
        if (!HasPaperPreset)
            yield return $"preset {_presets}";
        if (Table is null)
            yield return "a table that this program does not know";
        else if (!HasPaperData)
            yield return $"data set {_datasets} in place of {Table.DatasetKind}";
        if (_run.Length > 0)
            yield return $"{Distinct(_run, row => row.TrainImages)} training images of {Distinct(_run, row => row.ImageSize)} pixels, {Distinct(_run, row => row.Epochs)} epochs";
    }

    private IEnumerable<(string Name, string Value)> Terms() =>
    [
        ("preset", _presets), ("data set", _datasets), ("training images", Distinct(_run, row => row.TrainImages)), ("test images", Distinct(_run, row => row.TestImages)),
        ("image size in pixels", Distinct(_run, row => row.ImageSize)), ("epochs", Distinct(_run, row => row.Epochs)), ("batch", Distinct(_run, row => row.Batch)),
        ("seeds", Distinct(_run, row => row.Seeds)), ("device", Distinct(_run, row => row.Device)),
        ("hours of all runs, added", (_run.Sum(row => row.Seconds ?? 0) / 3600).ToString("0.0#", CultureInfo.InvariantCulture)), ("revision", Distinct(_run, row => row.Revision)),
    ];
}
