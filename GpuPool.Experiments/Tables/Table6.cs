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
    private const long Million = 1_000_000;

    // The paper's row of each network, in million multiply-adds, by its columns Ours, LIP, GP and Sd.
    private static readonly (string Name, BackboneFamily Family, double Width, string Strides, long[] Paper)[] Networks =
    [
        ("MobileNetV2", MobileNetV2.Family, 1, "1222121", [272, 264, 295, 303]),
        ("MobileNetV2-0.35x", MobileNetV2.Family, 0.35, "1222121", [60, 61, 59, 65]),
        ("ResNet18", ResNet18.Family, 1, "1222", [1820, 1930, 1770, 2070]),
    ];

    private static readonly (string Name, string Word, int Column, Placement[] Placements)[] Methods =
    [
        ("self-attentive", "nlp_headfix2", 0, [Placement.Inner, Placement.Outer]),
        ("self-attentive, reduced", "nlp_headfix2_reduced", 0, [Placement.Inner, Placement.Outer]),
        ("lip", "lip", 1, [Placement.Inner, Placement.Outer]),
        ("gaussian", "gaussian_pool", 2, [Placement.Inner, Placement.Outer]),
        ("strided", "skip", 3, [Placement.Inner]),
    ];

    // ImageNet and STL-10.
    private static readonly (int Size, int Classes)[] Settings = [(224, 1000), (128, 10)];

    /// <inheritdoc/>
    public string Id => "table6";

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
               PaperMultiplyAdds = network.Paper[method.Column] * Million,
           },
    ];
}
