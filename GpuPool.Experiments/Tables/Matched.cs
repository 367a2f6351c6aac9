using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// The comparison that the paper lacks: every method of it, and max and average pooling, at the same placement and with the same two heads, on STL-10. In Table 2
/// the methods of one network stand at different placements, and the paper's own takes the best of several variants. The paper has no values for this.
/// </summary>
internal sealed class Matched : ITable
{
    private const string Name = "matched";

    private static readonly (string Method, string Word)[] Methods =
    [
        ("max", "maxp"), ("average", "avgp"), ("lip", "lip"), ("gaussian", "gaussian_pool"), ("rnnpool", "rnnpool"), ("self-attentive", "nlp_headfix2"),
    ];

    private static readonly TableLine[] Lines =
    [
        .. Network("MobileNetV2", 1, "mobilenet_v2", "mobilenet", "222121"), .. Network("MobileNetV2-0.35x", 0.35, "mobilenet_v2", "mobilenet", "222121"),
        .. Network("ResNet18", 1, "resnet18_v2", "resnet18", "222"),
    ];

    private static readonly int[] FirstStrides = [1, 2, 4];

    /// <inheritdoc/>
    public string Id => Name;

    /// <inheritdoc/>
    public string Title => "Matched comparison: accuracy on STL-10 with every method at the same placement";

    /// <inheritdoc/>
    public string DatasetKind => "stl10";

    /// <inheritdoc/>
    public IReadOnlyList<TableCell> Cells => field ??= [.. Lines.SelectMany(line => line.Cells(Name, FirstStrides))];

    /// <inheritdoc/>
    public TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed) => Stl10Recipe.Configure(cell, preset, data, seed);

    private static IEnumerable<TableLine> Network(string name, double width, string inner, string outer, string strides) =>
    [
        new TableLine(name, width, "strided", "", [$"{inner}-skip-S{strides}"]) { NamesPlacement = true },
        .. from placement in new[] { (Name: "inner", Word: inner), (Name: "outer", Word: outer) }
           from method in Methods
           select new TableLine(name, width, method.Method, placement.Name, [$"{placement.Word}-{method.Word}-S{strides}"]) { NamesPlacement = true },
    ];
}
