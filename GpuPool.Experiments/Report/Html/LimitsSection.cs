using System.Globalization;
using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report.Html;

/// <summary>What the numbers cannot say, by what the rows say of how they were made.</summary>
internal static class LimitsSection
{
    private const int MostNames = 12;

    /// <summary>The section over all tables.</summary>
    public static Section Of(IReadOnlyList<(string Name, IReadOnlyList<CellRow> Rows, IReadOnlyDictionary<CellKey, string> Divergences)> tables) => new(
        "Limits of what was run",
        [.. tables.SelectMany(table => new object?[] { Tag.Of("h3", table.Name), Tag.List(Limits(table.Rows, table.Divergences)) })]);

    private static IEnumerable<string> Limits(IReadOnlyList<CellRow> rows, IReadOnlyDictionary<CellKey, string> divergences)
    {
        var scale = new Scale(rows);
        yield return scale.Count;
        string[] missing = [.. rows.Where(row => row.BestScore is null && !divergences.ContainsKey(CellKey.Of(row))).Select(Name)];
        if (missing.Length > 0)
            yield return $"Not run: {NameList.Of(missing, MostNames)}.";
        string[] diverged = [.. rows.Where(row => divergences.ContainsKey(CellKey.Of(row))).Select(row => $"{Name(row)} {divergences[CellKey.Of(row)]}")];
        if (diverged.Length > 0)
            yield return $"Training left the finite numbers: {NameList.Of(diverged, MostNames)}.";
        if (!scale.IsOfPaper)
            yield return $"Not comparable with the paper's numbers: {scale.Difference}.";
        if (scale.Run.Count == 0)
            yield break;
        if (Recipe(scale) is { } recipe)
            yield return recipe;
        int single = scale.Run.Count(row => row.BestScoreDeviation is null);
        if (single > 0)
            yield return Text($"{single} of the {scale.Run.Count} cells that were run have one seed: nothing is known of how much their values change from run to run.");
        bool isAccuracy = scale.Run[0] is TableRow;
        if (isAccuracy && scale.Run.Min(row => row.TestImages) is > 0 and var images)
            yield return Text($"With {images} test images, the fewest of a cell, one image is {100.0 / images:F2} points, and the choice of the images alone gives an accuracy a standard error of up to {50 / Math.Sqrt(images):F1} points.");
        if (scale.Run.Average(row => row.BestScore - row.LastScore) is { } gap)
            yield return Text($"The best epoch is chosen by the test images, as in the paper, so its {(isAccuracy ? "accuracy" : "mAP")} is too good: it is {100 * gap:F2} points above that of the last epoch on average.");
        if (scale.Run.Select(row => row.Revision).Distinct().Count() is > 1 and var revisions)
            yield return Text($"The cells were made by {revisions} revisions of the program.");
    }

    private static string? Recipe(Scale scale)
    {
        if (scale.Table is not { Cells.Count: > 0 } table)
            return null;
        Training.TrainingConfig paper = table.Configure(table.Cells[0], TablePreset.Paper, table.DatasetKind, 0);
        string epochs = Scale.Distinct(scale.Run, row => row.Epochs), sizes = Scale.Distinct(scale.Run, row => row.ImageSize);
        return epochs == Text($"{paper.Epochs}") && sizes == Text($"{paper.Size}") ? null
            : Text($"Trained for {epochs} epochs at {sizes} pixels; the paper's recipe has {paper.Epochs} epochs at {paper.Size} pixels.");
    }

    private static string Name(CellRow row) => Text($"{row.Network}/{row.Method}/s1={row.S1}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
