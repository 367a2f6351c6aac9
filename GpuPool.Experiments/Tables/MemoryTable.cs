using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// The paper's claims on memory: 11 times less by a width of 0.35, up to 22 times less together with down-sampling in the first layers. It does not say what
/// is measured, nor by which strides; <c>docs/cost.md</c> compares.
/// </summary>
internal sealed class MemoryTable : IAnalysis<MemoryRow>
{
    private const int Size = 224, Classes = 1000;
    private const double ClaimOfWidth = 11, ClaimInAll = 22;

    private static readonly (string Method, string Word)[] Methods = [("strided", "skip"), ("self-attentive", "nlp_headfix2")];
    private static readonly double[] Widths = [1, 0.35];
    private static readonly int[] FirstStrides = [1, 2, 4];

    /// <inheritdoc/>
    public string Id => "memory";

    /// <inheritdoc/>
    public string Title => "Activation memory of MobileNetV2 by width and stride of the first stage";

    /// <inheritdoc/>
    public IReadOnlyList<MemoryRow> Count() => [.. Methods.SelectMany(method => Factors(
        [.. from width in Widths from firstStride in FirstStrides select Row(method.Method, method.Word, width, firstStride)]))];

    private static IEnumerable<MemoryRow> Factors(MemoryRow[] rows) => rows.Select(row => row.RelativeTo(rows[0]));

    private MemoryRow Row(string method, string word, double width, int firstStride)
    {
        string label = $"mobilenet_v2-{word}-{firstStride}222121";
        Cost cost = Cost.Of(Architecture.Parse(label), new NetworkOptions(Classes, width), Size);
        return new MemoryRow
        {
            Table = Id,
            Network = "MobileNetV2",
            Method = method,
            S1 = firstStride,
            Architecture = label,
            Width = width,
            ImageSize = Size,
            Classes = Classes,
            ConvolutionBytes = cost.Layers.Where(layer => layer.Part == CostPart.Convolution).Sum(layer => layer.OutputBytes),
            LayerPeakBytes = cost.LayerPeakBytes,
            PeakBytes = cost.PeakBytes,
            PeakLayer = cost.PeakLayer.Name,
            PaperFactor = width == 1 ? null : firstStride == 1 ? ClaimOfWidth : ClaimInAll,
        };
    }
}
