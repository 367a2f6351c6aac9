namespace GpuPool.Experiments.Tables;

/// <summary>A line of a table of accuracies: a method on a network, with a cell for each stride of the first stage.</summary>
/// <param name="Network">Backbone as the paper calls it.</param>
/// <param name="Width">Width multiplier.</param>
/// <param name="Method">Pooling method.</param>
/// <param name="Placement">Where the pools stand; empty for strided convolution.</param>
/// <param name="Labels">Architecture labels with S for the stride: one for all strides, or one for the first stride and one for the others.</param>
/// <param name="Paper">What the paper prints for each stride, as far as it is known to us; null for nothing.</param>
internal sealed record TableLine(string Network, double Width, string Method, string Placement, string[] Labels, double?[]? Paper = null)
{
    /// <summary>Whether the network is trained whole and then fine-tuned with pruned channels.</summary>
    public bool Pruned { get; init; }

    /// <summary>Whether the table has the method at both placements, so that the names of its cells say which.</summary>
    public bool NamesPlacement { get; init; }

    /// <summary>The cells for these strides.</summary>
    public IEnumerable<TableCell> Cells(IEnumerable<int> firstStrides) => firstStrides.Select(Cell);

    private TableCell Cell(int firstStride, int index)
    {
        string label = Labels[Math.Min(index, Labels.Length - 1)].Replace("S", $"{firstStride}", StringComparison.Ordinal);
        return new TableCell(Network, Method, Placement, firstStride, label, Width, Paper is not null && index < Paper.Length ? Paper[index] : null)
        {
            Pruned = Pruned,
            NamesPlacement = NamesPlacement,
        };
    }
}
