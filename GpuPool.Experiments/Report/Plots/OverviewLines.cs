using GpuPool.Experiments.Tables;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>The lines of an overview from the top down: a heading for each network, and a line for each of its methods.</summary>
internal sealed class OverviewLines
{
    private readonly List<(string Network, string? Method)> _lines = [];

    /// <summary>The lines that rows need, in the order of the rows.</summary>
    public OverviewLines(IEnumerable<TableRow> rows)
    {
        foreach (IGrouping<string, TableRow> network in rows.GroupBy(row => row.Network))
        {
            _lines.Add((network.Key, null));
            foreach (string method in network.Select(row => row.Method).Distinct())
                _lines.Add((network.Key, method));
        }
    }

    /// <summary>Number of lines, headings included.</summary>
    public int Count => _lines.Count;

    /// <summary>Height of the line of a row: 0 for the first line, -1 for the next.</summary>
    public double this[TableRow row] => -_lines.IndexOf((row.Network, row.Method));

    /// <summary>Writes the names beside the plot, a rule above each network.</summary>
    public void Label(Plot plot)
    {
        plot.Axes.Left.TickGenerator = new NumericManual([.. _lines.Select((line, index) => new Tick(-index, line.Method ?? $"{line.Network}:"))]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        foreach ((int index, (string _, string? method)) in _lines.Index())
        {
            if (method is null && index > 0)
                plot.Add.HorizontalLine(-index + 0.5, 1, Colors.Black.WithAlpha(0.4));
        }
    }
}
