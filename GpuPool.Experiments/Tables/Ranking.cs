using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Which method is better, with enough training to tell: all at the inner placement of MobileNetV2-0.35x. <c>quick</c> takes the released recipe's rates over 60 epochs
/// and all pictures of the data set at 64 pixels, so that every method can be trained with several seeds on a CPU. The paper's values are those of Table 2, where LIP
/// stands at the outer placement.
/// </summary>
/// <remarks>Without s1 = 4, whose last maps would be less than a pixel at 64 pixels.</remarks>
internal sealed class Ranking : ITable
{
    private const string Network = "MobileNetV2-0.35x", PaperTable = "table2";

    private const double Width = 0.35;

    private const int QuickSize = 64, QuickEpochs = 60;

    private static readonly (string Method, string Placement, string Word)[] Methods =
    [
        ("strided", "", "skip"), ("max", "inner", "maxp"), ("lip", "inner", "lip"), ("gaussian", "inner", "gaussian_pool"), ("rnnpool", "inner", "rnnpool"),
        ("self-attentive", "inner", "nlp_headfix2"),
    ];

    private static readonly int[] FirstStrides = [1, 2];

    /// <inheritdoc/>
    public string Id => "ranking";

    /// <inheritdoc/>
    public string Title => "Ranking: accuracy with every method at the same placement, trained long enough to compare them";

    /// <inheritdoc/>
    public bool IsPartOfAll => false;

    /// <inheritdoc/>
    public string DatasetKind => "stl10";

    /// <inheritdoc/>
    public IReadOnlyList<TableCell> Cells => field ??=
    [
        .. from method in Methods
           from cell in new TableLine(Network, Width, method.Method, method.Placement, [$"mobilenet_v2-{method.Word}-S222121"]).Cells(PaperTable, FirstStrides)
           select cell,
    ];

    /// <inheritdoc/>
    public TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed) => preset == TablePreset.Quick
        ? new TrainingConfig { Architecture = cell.Architecture, Width = cell.Width, Data = data, Seed = seed, Size = QuickSize, Epochs = QuickEpochs }
        : Stl10Recipe.Configure(cell, preset, data, seed);
}
