using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Report.Html;

/// <summary>Files of other columns than those of a table of the paper, and files that could not be read.</summary>
internal static class PlainTableSection
{
    /// <summary>A file as it is.</summary>
    public static Section Of(CsvTable file) => new(file.Name, [Tag.Of("p", "File ", Tag.Of("code", $"{file.Name}.csv"), "."), HtmlTable.Plain(file)]);

    /// <summary>The files that were not understood.</summary>
    public static Section Of(IReadOnlyList<BrokenFile> files) => new(
        "Files that were not understood", [Tag.List(files.Select(file => new object[] { Tag.Of("code", file.Name), $": {file.Reason}." }))]);
}
