using System.IO.Enumeration;

namespace GpuPool.Experiments.Tables;

/// <summary>One cell of a table: what is trained, and what the paper prints there.</summary>
/// <param name="Network">Backbone as the paper calls it.</param>
/// <param name="Method">Pooling method.</param>
/// <param name="Placement">Where the pools stand, <c>inner</c> or <c>outer</c>; empty for strided convolution, which is the same in both.</param>
/// <param name="FirstStride">The paper's s1.</param>
/// <param name="Architecture">Label of the network.</param>
/// <param name="Width">Width multiplier.</param>
/// <param name="Paper">Accuracy that the paper prints, in [0, 1]; null where it prints none: the cell is ours.</param>
public sealed record TableCell(string Network, string Method, string Placement, int FirstStride, string Architecture, double Width, double? Paper)
{
    /// <summary>Whether the network is trained whole and then fine-tuned with pruned channels.</summary>
    public bool Pruned { get; init; }

    /// <summary>Pixels between the parts whose relation is the class, where the table is about that.</summary>
    public int? Distance { get; init; }

    /// <summary>Tells runs of one architecture and width apart.</summary>
    public string Variant => Pruned ? "-pruned" : Distance is { } distance ? FormattableString.Invariant($"-d{distance}") : "";

    /// <summary>Whether the name says the placement: in tables that have both.</summary>
    public bool NamesPlacement { get; init; }

    /// <summary>For example <c>ResNet18/self-attentive/s1=2</c>, or <c>ResNet18/self-attentive inner/s1=2</c> in a table that has both placements.</summary>
    public string Name => $"{LineName(Network, Method, NamesPlacement ? Placement : "")}/s1={FirstStride}";

    /// <summary>The name without the stride.</summary>
    public static string LineName(string network, string method, string placement) => $"{network}/{method}{(placement.Length > 0 ? $" {placement}" : "")}";

    /// <summary>Whether name or label match a pattern with <c>*</c> and <c>?</c>, in any case.</summary>
    public bool Matches(string glob) => FileSystemName.MatchesSimpleExpression(glob, Name) || FileSystemName.MatchesSimpleExpression(glob, Architecture);
}
