using System.Globalization;
using System.Xml.Linq;
using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report.Html;

/// <summary>At what scale the cells of a file were run, by what its rows say.</summary>
internal sealed class Scale
{
    private readonly CellRow[] _run;
    private readonly int _cells;
    private readonly string _presets, _datasets;

    /// <summary>The scale of a file.</summary>
    public Scale(IReadOnlyList<CellRow> rows)
    {
        _cells = rows.Count;
        _run = [.. rows.Where(row => row.BestScore is not null)];
        Table = TableCatalogue.Tables.FirstOrDefault(table => rows.Any(row => row.Table == table.Id));
        _presets = Distinct(rows, row => row.Preset);
        _datasets = Distinct(_run, row => row.Dataset);
    }

    /// <summary>The table of the paper; null if this program does not know it.</summary>
    public ITable? Table { get; }

    /// <summary>The cells that were run.</summary>
    public IReadOnlyList<CellRow> Run => _run;

    /// <summary>Whether the paper's recipe was run on the paper's data.</summary>
    public bool IsOfPaper => HasPaperPreset && HasPaperData;

    /// <summary>What is not as in the paper, and how large the experiment was instead.</summary>
    public string Difference => string.Join(", ", Differences());

    /// <summary>For example <c>97 of 117 cells were run.</c></summary>
    public string Count => string.Create(CultureInfo.InvariantCulture, $"{_run.Length} of {_cells} cells were run.");

    private bool IsOurs => Table is Distance;

    private bool HasPaperPreset => _presets.Equals(nameof(TablePreset.Paper), StringComparison.OrdinalIgnoreCase);

    private bool HasPaperData => Table is not null && (_run.Length == 0 || _datasets == Table.DatasetKind);

    /// <summary>Says whether the numbers can be compared with the paper's.</summary>
    public XElement Banner() => IsOfPaper
        ? Tag.Of("p", Tag.Class("note"), "The paper's recipe on the paper's data.")
        : Tag.Of("p", Tag.Class("banner"), Tag.Of("strong", IsOurs ? "an experiment that the paper does not have: " : "not comparable with the paper's numbers: "), $"{Difference}.");

    /// <summary>The label of the file: term and value.</summary>
    public XElement Label() => Tag.Of("dl", Terms().Where(term => term.Value.Length > 0).Select(term => Tag.Of("div", Tag.Of("dt", term.Name), Tag.Of("dd", term.Value))));

    /// <summary>The different values of a column, in their order.</summary>
    public static string Distinct<T>(IEnumerable<CellRow> rows, Func<CellRow, T> value) =>
        string.Join(", ", rows.Select(value).Where(one => one is not null).Distinct().Order().Select(one => Convert.ToString(one, CultureInfo.InvariantCulture)));

    private IEnumerable<string> Differences()
    {
        if (!HasPaperPreset)
            yield return $"preset {_presets}";
        if (Table is null)
            yield return "a table that this program does not know";
        else if (!HasPaperData && !IsOurs)
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
