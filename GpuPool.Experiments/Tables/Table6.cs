using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Backbones;
using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Table 6: multiply-adds by pooling method. The paper does not say for which images, classes and placement, and no one setting gives its values;
/// <c>docs/cost.md</c> says what fits. Ours are counted at both sizes of the paper's experiments and in both placements.
/// </summary>
internal sealed class Table6 : IAnalysis<Table6Row>
{
    private const string Name = "table6";
    private const decimal Billion = 1e9m;

    private static readonly (string Name, BackboneFamily Family, double Width, string Strides)[] Networks =
    [
        ("MobileNetV2", MobileNetV2.Family, 1, "1222121"), ("MobileNetV2-0.35x", MobileNetV2.Family, 0.35, "1222121"), ("ResNet18", ResNet18.Family, 1, "1222"),
    ];

    // The paper does not say which form of its own method it counts.
    private static readonly (string Name, string Word, string InPaper, Placement[] Placements)[] Methods =
    [
        ("self-attentive", "nlp_headfix2", "self-attentive", [Placement.Inner, Placement.Outer]),
        ("self-attentive, reduced", "nlp_headfix2_reduced", "self-attentive", [Placement.Inner, Placement.Outer]),
        ("lip", "lip", "lip", [Placement.Inner, Placement.Outer]),
        ("gaussian", "gaussian_pool", "gaussian", [Placement.Inner, Placement.Outer]),
        ("strided", "skip", "strided", [Placement.Inner]),
    ];

    // ImageNet and STL-10.
    private static readonly (int Size, int Classes)[] Settings = [(224, 1000), (128, 10)];

    /// <inheritdoc/>
    public string Id => Name;

    /// <inheritdoc/>
    public string Title => "Table 6: multiply-adds of an image by pooling method";

    /// <inheritdoc/>
    public IReadOnlyList<Table6Row> Count() =>
    [
        .. from network in Networks
           from setting in Settings
           from method in Methods
           from placement in method.Placements
           let architecture = Architecture.Parse($"{network.Family.Word(placement)}-{method.Word}-{network.Strides}")
           let cost = Cost.Of(architecture, new NetworkOptions(setting.Classes, network.Width), setting.Size)
           select new Table6Row
           {
               Table = Id,
               Network = network.Name,
               Method = method.Name,
               // The two placements are one network where the convolutions carry the strides.
               Placement = architecture.Pooling.Method.IsStrided ? "" : $"{placement}".ToLowerInvariant(),
               ImageSize = setting.Size,
               Classes = setting.Classes,
               Architecture = $"{architecture}",
               Width = network.Width,
               Parameters = cost.Parameters,
               Convolution = cost.MultiplyAddsOf(CostPart.Convolution),
               Linear = cost.MultiplyAddsOf(CostPart.Linear),
               Projection = cost.MultiplyAddsOf(CostPart.Projection),
               Attention = cost.MultiplyAddsOf(CostPart.Attention),
               MultiplyAdds = cost.MultiplyAdds,
               PeakBytes = cost.PeakBytes,
               PaperMultiplyAdds = (long)(PaperValues.Of(Name, $"{network.Name}/{method.InPaper}").Single() * Billion),
           },
    ];
}
