using ScottPlot;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>
/// Plots of one size in rows, whose areas line up and whose axes are the same: the vertical one is told at the left of a row, the horizontal one at the bottom of a
/// column.
/// </summary>
/// <param name="Title">Stands above all.</param>
/// <param name="Horizontal">What the horizontal axes show; stands below all.</param>
/// <param name="Columns">Plots in a row.</param>
/// <param name="LabelWidth">Pixels at the left of a row.</param>
/// <param name="AreaHeight">Height of an area in pixels.</param>
internal sealed record PlotGrid(string Title, string Horizontal, int Columns, int LabelWidth, int AreaHeight)
{
    private const int Width = 1000, TitleHeight = 32, LegendHeight = 26, HeadingHeight = 30, TicksHeight = 24, FootHeight = 24, Gap = 20;

    /// <summary>The plots, row by row.</summary>
    /// <param name="plots">At least one, each with what stands above it.</param>
    /// <param name="legend">What marks and lines mean in all of them.</param>
    public Figure Draw(IReadOnlyList<(string Heading, Plot Plot)> plots, IEnumerable<LegendItem> legend)
    {
        int rows = (plots.Count + Columns - 1) / Columns, top = TitleHeight + LegendHeight;
        float rowHeight = HeadingHeight + AreaHeight, columnWidth = (float)(Width - LabelWidth) / Columns;
        foreach ((int index, (_, Plot plot)) in plots.Index())
        {
            Arrange(plot, index % Columns == 0, index + Columns >= plots.Count);
            // Its first rendering draws everything twice.
            plot.RenderInMemory();
        }
        Plot key = PlotStyle.Create();
        key.Legend.ManualItems.AddRange(legend);
        key.Legend.Orientation = Orientation.Horizontal;
        key.Legend.TightHorizontalWrapping = true;
        int height = (int)Math.Ceiling(top + rows * rowHeight) + TicksHeight + FootHeight;
        return new Figure(Width, height, canvas =>
        {
            using var paint = Paint.NewDisposablePaint();
            float middle = LabelWidth + (Width - LabelWidth) / 2f;
            PlotStyle.Text(Title, 14).Render(canvas, new Pixel(middle, TitleHeight / 2f), paint);
            key.Legend.Render(canvas, paint, new PixelRect(LabelWidth, Width, top, TitleHeight), Alignment.MiddleCenter);
            foreach ((int index, (string heading, Plot plot)) in plots.Index())
            {
                (int row, int column) = Math.DivRem(index, Columns);
                float right = LabelWidth + (column + 1) * columnWidth, above = top + row * rowHeight;
                plot.Render(canvas, new PixelRect(right - columnWidth - LabelWidth, right, above + rowHeight + TicksHeight, above));
                PlotStyle.Text(heading, 12).Render(canvas, new Pixel(right - (columnWidth + Gap) / 2, above + 0.65f * HeadingHeight), paint);
            }
            PlotStyle.Text(Horizontal, 12).Render(canvas, new Pixel(middle, height - FootHeight / 2f), paint);
        });
    }

    private void Arrange(Plot plot, bool isFirst, bool isLast)
    {
        plot.Layout.Fixed(new PixelPadding(LabelWidth, Gap, TicksHeight, HeadingHeight));
        plot.Axes.Left.TickLabelStyle.IsVisible = isFirst;
        plot.Axes.Bottom.TickLabelStyle.IsVisible = isLast;
    }
}
