using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Table 2: test accuracy on STL-10 for three backbones, by pooling method and by the stride s1 of the first stage. The paper's values are best epochs of
/// 300, seed 0; the row of the paper's own method takes the best of several variants in each cell, and the labels here are those variants.
/// </summary>
/// <remarks>
/// Cost on two cores of a 2.3 GHz AVX-512 Xeon: smoke about 5 minutes; quick some hours; paper weeks (use a GPU). "Pruned" is
/// the paper's "Ours + CP".
/// </remarks>
internal sealed class Table2 : ITable
{
    private const string Name = "table2";

    /// <summary>RNNPool, and methods that the paper compares or builds on without numbers in this table; they stand at the placement of the paper's own method.</summary>
    public static readonly IReadOnlyList<(string Method, string Word)> FurtherMethods =
    [
        ("max", "maxp"), ("average", "avgp"), ("lip original", "lip_original"), ("half gaussian", "half_gaussian"), ("detail preserving", "dpp"),
        ("mixed", "mixed"), ("mixed learned", "mixed_learned"), ("gated", "gated"), ("tree", "tree"), ("learned norm", "lp"), ("rnnpool", "rnnpool"),
        ("attention", "attnpool"), ("context aware", "cap"),
    ];

    // S in a label is the stride of the first stage. Each method of the paper is at the placement of the authors' run.
    private static readonly TableLine[] Lines =
    [
        new("MobileNetV2", 1, "strided", "", ["mobilenet_v2-skip-S222121"]),
        new("MobileNetV2", 1, "lip", "outer", ["mobilenet-lip-S222121"]),
        new("MobileNetV2", 1, "gaussian", "inner", ["mobilenet_v2-gaussian_pool-S222121"]),
        .. FurtherMethods.Select(further => new TableLine("MobileNetV2", 1, further.Method, "inner", [$"mobilenet_v2-{further.Word}-S222121"])),
        new("MobileNetV2", 1, "self-attentive", "inner", ["mobilenet_v2-nlp_headfix2_nowin-S222121", "mobilenet_v2-nlp_headfix2-S222121"]),
        new("MobileNetV2", 1, "self-attentive, pruned", "inner", ["mobilenet_v2-nlp_headfix2-S222121"]) { Pruned = true },
        new("MobileNetV2-0.35x", 0.35, "strided", "", ["mobilenet_v2-skip-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "lip", "outer", ["mobilenet-lip-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "gaussian", "inner", ["mobilenet_v2-gaussian_pool-S222121"]),
        .. FurtherMethods.Select(further => new TableLine("MobileNetV2-0.35x", 0.35, further.Method, "inner", [$"mobilenet_v2-{further.Word}-S222121"])),
        new("MobileNetV2-0.35x", 0.35, "self-attentive", "inner", ["mobilenet_v2-nlp_headfix2-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "self-attentive, pruned", "inner", ["mobilenet_v2-nlp_headfix2-S222121"]) { Pruned = true },
        new("ResNet18", 1, "strided", "", ["resnet18-skip-S222"]),
        new("ResNet18", 1, "lip", "outer", ["resnet18-lip-S222"]),
        new("ResNet18", 1, "gaussian", "inner", ["resnet18_v2-gaussian_pool-S222"]),
        .. FurtherMethods.Select(further => new TableLine("ResNet18", 1, further.Method, "outer", [$"resnet18-{further.Word}-S222"])),
        new("ResNet18", 1, "self-attentive", "outer", ["resnet18-nlp-S222", "resnet18-nlp_headfix2-S222"]),
        new("ResNet18", 1, "self-attentive, pruned", "outer", ["resnet18-nlp_headfix2-S222"]) { Pruned = true },
    ];

    private static readonly int[] FirstStrides = [1, 2, 4];

    /// <inheritdoc/>
    public string Id => Name;

    /// <inheritdoc/>
    public string Title => "Table 2: accuracy on STL-10 by pooling method and stride of the first stage";

    /// <inheritdoc/>
    public string DatasetKind => "stl10";

    /// <inheritdoc/>
    public IReadOnlyList<TableCell> Cells => field ??= [.. Lines.SelectMany(line => line.Cells(Name, FirstStrides))];

    /// <inheritdoc/>
    public TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed) => Stl10Recipe.Configure(cell, preset, data, seed);
}
