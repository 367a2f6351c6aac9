namespace GpuPool.Experiments.Tables;

/// <summary>A row of Table 6: what a network costs for one image, beside what the paper prints for its kind.</summary>
/// <remarks>
/// The properties are the columns, in this order; scripts depend on them. Multiply-adds count 1 each and <c>multiply_adds</c> is their sum; <c>peak_bytes</c>
/// are of maps live at one time, in float32. The paper says neither size nor placement nor classes, so its value stands beside every setting.
/// </remarks>
internal sealed record Table6Row
{
    public required string Table { get; init; }
    public required string Network { get; init; }
    public required string Method { get; init; }
    public required string Placement { get; init; }
    public required int ImageSize { get; init; }
    public required int Classes { get; init; }
    public required string Architecture { get; init; }
    public required double Width { get; init; }
    public required long Parameters { get; init; }
    public required long Convolution { get; init; }
    public required long Linear { get; init; }
    public required long Projection { get; init; }
    public required long Attention { get; init; }
    public required long MultiplyAdds { get; init; }
    public required long PeakBytes { get; init; }
    public required long PaperMultiplyAdds { get; init; }

    /// <summary>Of <see cref="MultiplyAdds"/> from the paper's value, in percent of that.</summary>
    public double DifferencePercent => Math.Round(100.0 * (MultiplyAdds - PaperMultiplyAdds) / PaperMultiplyAdds, 1);
}
