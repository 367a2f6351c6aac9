using System.Globalization;
using GpuPool.Experiments.Tables;
using Spectre.Console;

namespace GpuPool.Experiments.Report;

/// <summary>Shows a table of average precisions as the paper lays it out, in percent, with the paper's value beside ours.</summary>
internal static class PrecisionPrinter
{
    /// <summary>Prints the rows.</summary>
    public static void Print(TextWriter output, ITable table, TablePreset preset, IReadOnlyList<PrecisionRow> rows)
    {
        Table grid = new Table().Title(Markup.Escape($"{table.Title}, in percent: {TablePrinter.Scale(preset)}")).AddColumns("network", "method", "placement");
        foreach ((string name, _, _) in rows[0].Columns)
            grid.AddColumn(new TableColumn(Markup.Escape($"{name} (paper)")).RightAligned());
        grid.AddColumn(new TableColumn("loss").RightAligned());
        foreach (PrecisionRow row in rows)
        {
            grid.AddRow(
                [row.Network, row.Method, row.Placement, .. row.Columns.Select(column => Percent(column.Ours, column.Paper)), TablePrinter.Loss(row)]);
        }
        Terminal.Over(output).Write(grid);
    }

    private static string Percent(double? ours, double? paper) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * ours:F1}{(paper is null ? "" : $" ({100 * paper:F1})")}");
}
