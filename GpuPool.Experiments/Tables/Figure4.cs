using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>The networks of Figure 4, as the released code names them, and Gaussian pooling beside them. What they learn is drawn, and not only counted.</summary>
internal sealed class Figure4 : ITable
{
    /// <summary>Its name.</summary>
    public const string Name = "figure4";

    // Enough for the loss to fall, in few tests: weights are saved after each.
    private const int SmokeSize = 64, SmokeEpochs = 4, SmokePasses = 30;

    private static readonly TableLine[] Lines =
    [
        new("MobileNetV2", 1, "lip", "outer", ["mobilenet-lip-S222121"]),
        new("MobileNetV2", 1, "gaussian", "inner", ["mobilenet_v2-gaussian_pool-S222121"]),
        new("MobileNetV2", 1, "self-attentive", "inner", ["mobilenet_v2-nlp_headfix2_nowin-S222121"]),
    ];

    private static readonly int[] FirstStrides = [1];

    /// <inheritdoc/>
    public string Id => Name;

    /// <inheritdoc/>
    public string Title => "Figure 4: where networks with LIP and with self-attentive pooling look";

    /// <inheritdoc/>
    public string DatasetKind => "stl10";

    /// <inheritdoc/>
    public bool IsPartOfAll => false;

    /// <inheritdoc/>
    public bool KeepsWeights => true;

    /// <inheritdoc/>
    public IReadOnlyList<TableCell> Cells => field ??= [.. Lines.SelectMany(line => line.Cells(Name, FirstStrides))];

    /// <inheritdoc/>
    public TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed)
    {
        TrainingConfig config = Stl10Recipe.Configure(cell, preset, data, seed);
        return preset == TablePreset.Smoke ? config with { Size = SmokeSize, Epochs = SmokeEpochs, Passes = SmokePasses } : config;
    }
}
