using System.Globalization;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// When non-local pooling helps: accuracy over the distance of the two parts whose relation is the class, see <see cref="DistanceDataset"/>. Every method stands at the
/// inner placement of one network of one width, and takes the same steps over the same pictures. The paper has nothing of the kind.
/// </summary>
/// <remarks>The label has fewer strides than the paper's, so that at s1 = 4 pictures of 32 x 32 still give a map. The windows of its pools are 2 s1, 4 s1 and 8 s1 pixels wide.</remarks>
internal sealed class Distance : ITable
{
    /// <summary>Its name, and that of its kind of pictures.</summary>
    public const string Name = "distance";

    private const string Network = "MobileNetV2-0.35x";

    private const double Width = 0.35;

    private const double LearningRate = 0.005;

    private const int Batch = 16, QuickEpochs = 10, PaperEpochs = 30;

    /// <summary>The distances, from squares that touch to opposite ends of the picture.</summary>
    public static readonly IReadOnlyList<int> Distances = [4, 8, 12, 18, 26];

    private static readonly (string Method, string Placement, string Word)[] Methods =
    [
        ("strided", "", "skip"), ("max", "inner", "maxp"), ("average", "inner", "avgp"), ("lip", "inner", "lip"), ("gaussian", "inner", "gaussian_pool"),
        ("rnnpool", "inner", "rnnpool"), ("self-attentive", "inner", "nlp_headfix2"),
    ];

    private static readonly int[] FirstStrides = [1, 2, 4];

    /// <inheritdoc/>
    public string Id => Name;

    /// <inheritdoc/>
    public string Title => "Distance: accuracy where the class depends on two parts that lie apart";

    /// <inheritdoc/>
    public bool IsPartOfAll => false;

    /// <inheritdoc/>
    public string DatasetKind => Name;

    /// <inheritdoc/>
    public bool MakesItsPictures => true;

    /// <inheritdoc/>
    public IReadOnlyList<TableCell> Cells => field ??=
    [
        .. from distance in Distances
           from method in Methods
           let line = new TableLine(NetworkAt(distance), Width, method.Method, method.Placement, [$"mobilenet_v2-{method.Word}-S221111"])
           from cell in line.Cells(Name, FirstStrides)
           select cell with { Distance = distance },
    ];

    /// <inheritdoc/>
    public TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed)
    {
        var config = new TrainingConfig
        {
            Architecture = cell.Architecture,
            Width = cell.Width,
            Data = string.Create(CultureInfo.InvariantCulture, $"{Name}:{cell.Distance}"),
            Seed = seed,
            WithoutAugmentation = true,
            Size = DistanceDataset.Side,
            Batch = Batch,
            LearningRate = LearningRate,
        };
        return preset switch
        {
            TablePreset.Smoke => config with { TrainLimit = 16, TestLimit = 16, Epochs = 2 },
            TablePreset.Quick => config with { Epochs = QuickEpochs },
            _ => config with { Epochs = PaperEpochs },
        };
    }

    /// <summary>What its rows call the network, for example <c>MobileNetV2-0.35x, d = 8</c>.</summary>
    public static string NetworkAt(int distance) => string.Create(CultureInfo.InvariantCulture, $"{Network}, d = {distance}");
}
