using GpuPool.Experiments.Attribution;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Report;

/// <summary>The files that <c>reproduce figure4</c> left at one preset.</summary>
/// <param name="Name">For example <c>figure4-quick</c>.</param>
/// <param name="Figure">The grid, as PNG.</param>
internal sealed record MapFigureFiles(string Name, byte[] Figure)
{
    /// <summary>Whether it only proves that it can be drawn.</summary>
    public bool IsSmoke => Name.EndsWith("-smoke", StringComparison.Ordinal);

    /// <summary>Deletion and insertion curves; null where there are none.</summary>
    public (CsvTable File, IReadOnlyList<DeletionRow> Rows)? Deletion { get; init; }

    /// <summary>How far heads look; null where no network attends.</summary>
    public CsvTable? Attention { get; init; }

    /// <summary>What the attention of one network sees, as PNG.</summary>
    public byte[]? AttentionPicture { get; init; }
}
