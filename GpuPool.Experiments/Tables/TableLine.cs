namespace GpuPool.Experiments.Tables;

/// <summary>A line of a table of accuracies: a method on a network, with a cell for each stride of the first stage.</summary>
/// <param name="Network">Backbone as the paper calls it.</param>
/// <param name="Width">Width multiplier.</param>
/// <param name="Method">Pooling method.</param>
/// <param name="Placement">Where the pools stand; empty for strided convolution.</param>
/// <param name="Labels">Architecture labels with S for the stride: one for all strides, or one for the first stride and one for the others.</param>
internal sealed record TableLine(string Network, double Width, string Method, string Placement, string[] Labels)
{
    /// <summary>Whether the network is trained whole and then fine-tuned with pruned channels.</summary>
    public bool Pruned { get; init; }

    /// <summary>Whether the table has the method at both placements, so that the names of its cells say which.</summary>
    public bool NamesPlacement { get; init; }

    /// <summary>The cells for these strides, with what the paper prints in this table.</summary>
    public IEnumerable<TableCell> Cells(string table, IEnumerable<int> firstStrides)
    {
        IReadOnlyList<decimal> percent = PaperValues.Of(table, TableCell.LineName(Network, Method, NamesPlacement ? Placement : ""));
        return firstStrides.Select((firstStride, index) => Cell(firstStride, index, index < percent.Count ? (double)(percent[index] / 100) : null));
    }

    private TableCell Cell(int firstStride, int index, double? paper)
    {
        string label = Labels[Math.Min(index, Labels.Length - 1)].Replace("S", $"{firstStride}", StringComparison.Ordinal);
        return new TableCell(Network, Method, Placement, firstStride, label, Width, paper)
        {
            Pruned = Pruned,
            NamesPlacement = NamesPlacement,
        };
    }
}
