using System.Globalization;
using GpuPool.Experiments.Tables;
using Spectre.Console;

namespace GpuPool.Experiments.Report;

/// <summary>Shows a table as the paper lays it out, a column for each stride, with the paper's value beside ours.</summary>
internal static class TablePrinter
{
    /// <summary>Prints the rows.</summary>
    public static void Print(TextWriter output, ITable table, TablePreset preset, IReadOnlyList<CellRow> rows)
    {
        if (rows.OfType<PrecisionRow>().ToArray() is { Length: > 0 } precisions)
        {
            PrecisionPrinter.Print(output, table, preset, precisions);
            return;
        }
        int[] strides = [.. rows.Select(row => row.S1).Distinct()];
        var grid = new Table().Title(Markup.Escape($"{table.Title}: {Scale(preset)}")).AddColumns("network", "method", "placement");
        foreach (int stride in strides)
            grid.AddColumn(new TableColumn($"s1 = {stride}: accuracy (paper)").RightAligned()).AddColumn(new TableColumn("loss").RightAligned());
        foreach (IGrouping<(string Network, string Method, string Placement), CellRow> line in rows.GroupBy(row => (row.Network, row.Method, row.Placement)))
        {
            Dictionary<int, CellRow> cells = line.ToDictionary(row => row.S1);
            grid.AddRow(
            [
                line.Key.Network, line.Key.Method, line.Key.Placement, .. strides.SelectMany(stride => new[] { Score(cells[stride]), Loss(cells[stride]) }),
            ]);
        }
        Terminal.Over(output).Write(grid);
    }

    /// <summary>What a preset's numbers mean, beside the paper's.</summary>
    public static string Scale(TablePreset preset) => preset switch
    {
        TablePreset.Smoke => "smoke, a proof that every cell trains; its accuracies say nothing about the methods",
        TablePreset.Quick => "quick, a reduced experiment; not comparable with the paper's numbers",
        _ => "the paper's recipe",
    };

    /// <summary>The loss of the first epoch and of the last.</summary>
    public static string Loss(CellRow row) =>
        row.FirstLoss is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{row.FirstLoss:F2} -> {row.LastLoss:F2}");

    private static string Score(CellRow row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.BestScore:F4}{(row.BestScoreDeviation is { } deviation ? $" ± {deviation:F4}" : "")}"
        + $"{(row.PaperScore is { } paper ? $" ({paper:F4})" : "")}");
}
