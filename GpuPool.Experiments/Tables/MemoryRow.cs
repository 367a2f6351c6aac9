namespace GpuPool.Experiments.Tables;

/// <summary>A row of the table of memory: three measures of activation memory in float32, and how many times less each is than at width 1 and s1 = 1.</summary>
/// <remarks>
/// The properties are the columns, in this order; scripts depend on them. Factors are relative to the same method. <c>paper_factor</c> is what the paper
/// claims, and empty where it claims nothing.
/// </remarks>
internal sealed record MemoryRow
{
    public required string Table { get; init; }
    public required string Network { get; init; }
    public required string Method { get; init; }
    public required int S1 { get; init; }
    public required string Architecture { get; init; }
    public required double Width { get; init; }
    public required int ImageSize { get; init; }
    public required int Classes { get; init; }

    /// <summary>Bytes of the outputs of all convolutions.</summary>
    public required long ConvolutionBytes { get; init; }

    /// <summary>Most bytes that one layer reads and writes.</summary>
    public required long LayerPeakBytes { get; init; }

    /// <summary>Most bytes live at one time.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>The layer that runs then.</summary>
    public required string PeakLayer { get; init; }

    public double ConvolutionFactor { get; init; }
    public double LayerPeakFactor { get; init; }
    public double PeakFactor { get; init; }
    public double? PaperFactor { get; init; }

    /// <summary>The row with its factors relative to another one.</summary>
    public MemoryRow RelativeTo(MemoryRow largest) => this with
    {
        ConvolutionFactor = Math.Round((double)largest.ConvolutionBytes / ConvolutionBytes, 2),
        LayerPeakFactor = Math.Round((double)largest.LayerPeakBytes / LayerPeakBytes, 2),
        PeakFactor = Math.Round((double)largest.PeakBytes / PeakBytes, 2),
    };
}
