using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Table 2: test accuracy on STL-10 for three backbones, by pooling method and by the stride s1 of the first stage. The paper's values are best epochs of
/// 300, seed 0; the row of the paper's own method takes the best of several variants in each cell, and the labels here are those variants.
/// </summary>
/// <remarks>
/// Cost on two cores of a 2.3 GHz AVX-512 Xeon: smoke about 5 minutes; quick some hours; paper weeks (use a GPU). The last map has 1 x 1 pixels at
/// 32 s1 pixels, which is the smallest size at which every cell exists: that is what smoke uses, with one batch of sixteen images (eight at s1 = 4), which a
/// network that works learns by heart in some tens of steps.
/// </remarks>
internal sealed class Table2 : ITable
{
    // Methods that the paper compares or builds on without numbers in this table, at the placement of the paper's own method.
    private static readonly (string Method, string Word)[] FurtherMethods =
    [
        ("max", "maxp"), ("average", "avgp"), ("lip original", "lip_original"), ("half gaussian", "half_gaussian"), ("detail preserving", "dpp"),
        ("mixed", "mixed"), ("mixed learned", "mixed_learned"), ("gated", "gated"), ("tree", "tree"), ("learned norm", "lp"), ("rnnpool", "rnnpool"),
        ("attention", "attnpool"), ("context aware", "cap"),
    ];

    // S in a label is the stride of the first stage. Each method of the paper is at the placement of the authors' run.
    private static readonly Row[] Rows =
    [
        new("MobileNetV2", 1, "strided", "", ["mobilenet_v2-skip-S222121"], [0.7969, 0.7249, 0.3649]),
        new("MobileNetV2", 1, "lip", "outer", ["mobilenet-lip-S222121"], [0.7916, 0.6823, 0.3650]),
        new("MobileNetV2", 1, "gaussian", "inner", ["mobilenet_v2-gaussian_pool-S222121"], [0.8150, 0.7456, 0.3331]),
        .. FurtherMethods.Select(further => new Row("MobileNetV2", 1, further.Method, "inner", [$"mobilenet_v2-{further.Word}-S222121"])),
        new("MobileNetV2", 1, "self-attentive", "inner",
            ["mobilenet_v2-nlp_headfix2_nowin-S222121", "mobilenet_v2-nlp_headfix2-S222121"], [0.8175, 0.7539, 0.4066]),
        new("MobileNetV2-0.35x", 0.35, "strided", "", ["mobilenet_v2-skip-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "lip", "outer", ["mobilenet-lip-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "gaussian", "inner", ["mobilenet_v2-gaussian_pool-S222121"]),
        .. FurtherMethods.Select(further => new Row("MobileNetV2-0.35x", 0.35, further.Method, "inner", [$"mobilenet_v2-{further.Word}-S222121"])),
        new("MobileNetV2-0.35x", 0.35, "self-attentive", "inner", ["mobilenet_v2-nlp_headfix2-S222121"]),
        new("ResNet18", 1, "strided", "", ["resnet18-skip-S222"], [0.7980, 0.7605, 0.6649]),
        new("ResNet18", 1, "lip", "outer", ["resnet18-lip-S222"], [0.8194, 0.8053, 0.7855]),
        new("ResNet18", 1, "gaussian", "inner", ["resnet18_v2-gaussian_pool-S222"], [0.8157, 0.7870, 0.7461]),
        .. FurtherMethods.Select(further => new Row("ResNet18", 1, further.Method, "outer", [$"resnet18-{further.Word}-S222"])),
        new("ResNet18", 1, "self-attentive", "outer", ["resnet18-nlp-S222", "resnet18-nlp_headfix2-S222"], [0.8225, 0.8111, 0.7939]),
    ];

    private static readonly int[] FirstStrides = [1, 2, 4];

    /// <inheritdoc/>
    public string Id => "table2";

    /// <inheritdoc/>
    public string Title => "Table 2: accuracy on STL-10 by pooling method and stride of the first stage";

    /// <inheritdoc/>
    public string DatasetKind => "stl10";

    /// <inheritdoc/>
    public IReadOnlyList<TableCell> Cells { get; } = [.. Rows.SelectMany(row => FirstStrides.Select(row.Cell))];

    /// <inheritdoc/>
    public TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed)
    {
        var paper = new TrainingConfig { Architecture = cell.Architecture, Width = cell.Width, Data = data, Seed = seed };
        return preset switch
        {
            TablePreset.Smoke => paper with
            {
                Size = 32 * cell.FirstStride,
                TrainLimit = SmokeImages(cell),
                TestLimit = SmokeImages(cell),
                Batch = SmokeImages(cell),
                Epochs = SmokeEpochs(cell),
            },
            TablePreset.Quick => paper with { TrainLimit = 1000, TestLimit = 1000, Epochs = 10 },
            _ => paper,
        };
    }

    private static int SmokeImages(TableCell cell) => cell.FirstStride == 4 ? 8 : 16;

    // One step each: until a network knows the batch by heart. Narrow ones learn it more slowly, and so do recurrent and stochastic pools. The two that attend
    // over whole maps take most of the time: their cells show that they run, and not always that they learn.
    private static int SmokeEpochs(TableCell cell)
    {
        int epochs = cell.Network switch
        {
            "ResNet18" => 20,
            "MobileNetV2" => 40,
            _ => 64,
        };
        return cell.Method switch
        {
            "rnnpool" or "mixed" => 2 * epochs,
            "attention" => epochs / 2,
            "context aware" => 4,
            _ => epochs,
        };
    }

    // Labels: one for all strides, or one for s1 = 1 and one for the others.
    private sealed record Row(string Network, double Width, string Method, string Placement, string[] Labels, double[]? Paper = null)
    {
        public TableCell Cell(int firstStride, int index)
        {
            string label = Labels[Math.Min(index, Labels.Length - 1)].Replace("S", $"{firstStride}", StringComparison.Ordinal);
            return new TableCell(Network, Method, Placement, firstStride, label, Width, Paper?[index]);
        }
    }
}
