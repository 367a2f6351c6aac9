using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Table 7: what self-attentive pooling is without one of its parts, on STL-10, at both placements. The paper has the parts of
/// ResNet18 with outer pools, and "attention" at s1 = 1; the other cells are ours. Without the sigmoid the exponential overflows sooner or later; such a run
/// counts with the accuracy that it had, and its row says when it diverged.
/// </summary>
internal sealed class Table7 : ITable
{
    private const string Name = "table7";

    // Word of the method; options of the label, which "attention" has not.
    private static readonly (string Method, string Word)[] Ablations =
    [
        ("self-attentive", "nlp_headfix2"), ("without bn1", "nlpnobn1_headfix2"), ("without bn2", "nlpnobn2_headfix2"), ("without exp", "nlpnoexp_headfix2"),
        ("without pe", "nlpnope_headfix2"), ("without sigmoid", "nlpnosigmoid_headfix2"), ("attention", "attnpool"),
    ];

    private static readonly TableLine[] Lines =
    [
        .. Network("ResNet18", "outer", "resnet18", "222"), .. Network("ResNet18", "inner", "resnet18_v2", "222"),
        .. Network("MobileNetV2", "inner", "mobilenet_v2", "222121"), .. Network("MobileNetV2", "outer", "mobilenet", "222121"),
    ];

    private static readonly int[] FirstStrides = [1, 2];

    /// <inheritdoc/>
    public string Id => Name;

    /// <inheritdoc/>
    public string Title => "Table 7: accuracy on STL-10 of self-attentive pooling without one of its parts";

    /// <inheritdoc/>
    public string DatasetKind => "stl10";

    /// <inheritdoc/>
    public IReadOnlyList<TableCell> Cells => field ??= [.. Lines.SelectMany(line => line.Cells(Name, FirstStrides))];

    /// <inheritdoc/>
    public TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed) => Stl10Recipe.Configure(cell, preset, data, seed);

    private static IEnumerable<TableLine> Network(string name, string placement, string word, string strides) => Ablations.Select(ablation => new TableLine(
        name, 1, ablation.Method, placement, [$"{word}-{ablation.Word}-S{strides}"])
    { NamesPlacement = true });
}
