using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Table 3: test accuracy on Visual Wake Words (is there a person in the picture?) of MobileNetV2-0.35x, by pooling method and by the stride s1 of the first
/// stage. The paper does not print its recipe: <c>paper</c> is that of the RNNPool authors' example, at 224 pixels, and <c>quick</c> the smaller one of the
/// other tables, at 128.
/// </summary>
internal sealed class Table3 : ITable
{
    private const string Name = "table3";

    private static readonly TableLine[] Lines =
    [
        new("MobileNetV2-0.35x", 0.35, "strided", "", ["mobilenet_v2-skip-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "lip", "outer", ["mobilenet-lip-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "gaussian", "inner", ["mobilenet_v2-gaussian_pool-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "rnnpool", "inner", ["mobilenet_v2-rnnpool-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "self-attentive", "inner", ["mobilenet_v2-nlp_headfix2-S222121"]),
        new("MobileNetV2-0.35x", 0.35, "self-attentive, pruned", "inner", ["mobilenet_v2-nlp_headfix2-S222121"]) { Pruned = true },
    ];

    private static readonly int[] FirstStrides = [1, 2, 4];

    /// <inheritdoc/>
    public string Id => Name;

    /// <inheritdoc/>
    public string Title => "Table 3: accuracy on Visual Wake Words by pooling method and stride of the first stage";

    /// <inheritdoc/>
    public string DatasetKind => "vww";

    /// <inheritdoc/>
    public IReadOnlyList<TableCell> Cells => field ??= [.. Lines.SelectMany(line => line.Cells(Name, FirstStrides))];

    /// <inheritdoc/>
    public TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed) => Stl10Recipe.Configure(cell, preset, new TrainingConfig
    {
        Architecture = cell.Architecture,
        Width = cell.Width,
        Data = data,
        Seed = seed,
        Preprocessing = Preprocessing.Vww,
        Size = 224,
        Batch = 256,
        Epochs = 150,
        LearningRate = 0.05,
        Schedule = Schedule.Cosine,
        WeightDecay = 4e-5,
    });
}
