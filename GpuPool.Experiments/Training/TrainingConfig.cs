using System.Text.Json;
using System.Text.Json.Serialization;
using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Distributed;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Training;

/// <summary>
/// Everything that decides the result of a training run, as <c>config.json</c> in its folder. The defaults are the released recipe
/// for STL-10: SGD 0.01, momentum 0.9, no weight decay, batch 8, 300 epochs at 128 pixels, the rate divided by 5 before 60, 80 and 90 % of them.
/// </summary>
public sealed record TrainingConfig
{
    /// <summary>Label of the network, see <see cref="Models.Architecture"/>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Width multiplier of the network.</summary>
    public double Width { get; init; } = 1;

    /// <summary>Where the images come from, see <see cref="DatasetSource"/>.</summary>
    public string Data { get; init; } = DatasetSource.Synthetic.ToString();

    /// <summary>Training images used at most, the same number of each class; null for all.</summary>
    public int? TrainLimit { get; init; }

    /// <summary>Test images used at most, the same number of each class; null for all.</summary>
    public int? TestLimit { get; init; }

    /// <summary>Side of the square input in pixels.</summary>
    public int Size { get; init; } = 128;

    /// <summary>
    /// Bound of the shorter side for a detector that keeps the shape of pictures, where <see cref="Size"/> bounds the longer one; for YOLOv3 the least bound of a side that is drawn,
    /// where <see cref="Size"/> is the largest. Null for square inputs.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ShortSide { get; init; }

    /// <summary>Classes that a detector learns, with commas between them; null for those that <see cref="DetectionSource.Open(IReadOnlyList{string}, int?, int?, DecoderChoice)"/> takes by default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Classes { get; init; }

    /// <summary>Whether pictures are prepared in training as they are for a test, without anything random.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool WithoutAugmentation { get; init; }

    /// <summary>What decodes image files.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public DecoderChoice Decoder { get; init; }

    /// <summary>How pictures become inputs of a classifier.</summary>
    public Preprocessing Preprocessing { get; init; } = Preprocessing.Stl10;

    /// <summary>Epochs, each followed by a test unless <see cref="TestsAtEnd"/>: a pass over the training images, or <see cref="Passes"/> of them.</summary>
    public int Epochs { get; init; } = 300;

    /// <summary>Passes over the training images in an epoch; null for one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Passes { get; init; }

    /// <summary>Whether only the last epoch is followed by a test.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TestsAtEnd { get; init; }

    /// <summary>Images a step.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Rate at the start.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>How the rate changes from epoch to epoch.</summary>
    public Schedule Schedule { get; init; } = Schedule.Steps;

    /// <summary>Momentum of SGD.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay of SGD.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Bound of the 2-norm of the gradient of all parameters together; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Clip { get; init; }

    /// <summary>How the rate rises in the first steps; null for the schedule's rate from the first step on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WarmUp? WarmUp { get; init; }

    /// <summary>Batches whose mean gradient makes a step; null for one. Batch norm sees each alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Accumulate { get; init; }

    /// <summary>Share that each step keeps of the mean weights, which are tested and saved in place of the last ones; null for no mean.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AverageDecay { get; init; }

    /// <summary>Share of each label of a classifier that is spread evenly over all classes in training, see <see cref="Classification.Loss"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double LabelSmoothing { get; init; }

    /// <summary>Whether it is tested on the pictures that it learns from, to see whether it can learn them by heart.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Overfit { get; init; }

    /// <summary>Whether batch norm keeps what it starts with, see <see cref="Models.Layers.BatchNormLayer.IsFrozen"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FrozenBatchNorm { get; init; }

    /// <summary>Whether the statistics of batch norm in training are those of the batches of all processes together, see <see cref="Models.Layers.BatchNormLayer.Peers"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SynchronisedBatchNorm { get; init; }

    /// <summary>Seed of weights, order and augmentation.</summary>
    public ulong Seed { get; init; }

    /// <summary>Channel pruning in the last of the epochs; null for none.</summary>
    public PruningConfig? Pruning { get; init; }

    /// <summary>The rate of an epoch, from 1. The epochs before pruning are scheduled as a run of their own.</summary>
    public double LearningRateOf(int epoch) => Pruning is { } pruning && epoch > pruning.AfterEpoch
        ? pruning.LearningRate
        : Schedule.Rate(LearningRate, epoch, Pruning?.AfterEpoch ?? Epochs);

    /// <summary>The rate of a step of an epoch.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="step">Steps of the run before this one.</param>
    public double LearningRateAt(int epoch, int step)
    {
        double rate = LearningRateOf(epoch);
        return WarmUp?.Rate(rate, step) ?? rate;
    }

    /// <summary>Tests of a run that ends with its last epoch.</summary>
    internal int Tests => TestsAtEnd ? 1 : Epochs;

    /// <summary>Whether an epoch, from 1, is followed by a test.</summary>
    internal bool TestsAfter(int epoch) => !TestsAtEnd || epoch == Epochs;

    /// <summary>Opens the data set.</summary>
    /// <exception cref="GpuPoolException">Its files are missing or damaged, or it has not the classes.</exception>
    internal Splits Open()
    {
        Splits splits = DetectorArchitecture.IsDetector(Architecture)
            ? DetectionSource.Parse(Data).Open(Classes is null ? null : ClassList.Parse(Classes), TrainLimit, TestLimit, Decoder)
            : DatasetSource.Parse(Data).Open(TrainLimit, TestLimit, Decoder);
        return Overfit ? splits.TestedOnTraining : splits;
    }

    /// <summary>What is learnt from the data set, or from another of its kind.</summary>
    /// <param name="data">Pictures that <see cref="Open"/> gave; null to open them here.</param>
    /// <param name="ranks">The processes that learn it together; null for this one alone.</param>
    internal ITask Task(Splits? data = null, Ranks? ranks = null) => (data ?? Open()) switch
    {
        DetectionSplits pictures => new Detection(
            pictures, classes => DetectorArchitecture.Parse(Architecture).Create(new NetworkOptions(classes, Width, Seed)), DetectorRecipe.Transform(this), Dealt(ranks)),
        DatasetSplits images => new Classification(images, Architecture, Width, Preprocessing, Size, !WithoutAugmentation, Dealt(ranks), LabelSmoothing),
        Splits other => throw new NotSupportedException($"TrainingConfig: no task of {other.GetType().Name}."),
    };

    private BatchOptions Dealt(Ranks? ranks) => new(Batch, Training: true, Seed, Passes ?? 1) { Rank = ranks?.Rank ?? 0, Ranks = ranks?.Count ?? 1 };

    /// <summary>What differs, for messages: <c>batch 8 there, 16 here</c>.</summary>
    /// <param name="here">The other one.</param>
    internal string Difference(TrainingConfig here) => string.Join(", ", Differences(here).Select(value => $"{value.Name} {value.First} there, {value.Second} here"));

    /// <summary>The values in which it differs from another, by their names in <c>config.json</c>; "none" where one has not the value.</summary>
    internal IReadOnlyList<(string Name, string First, string Second)> Differences(TrainingConfig other)
    {
        Dictionary<string, string> first = Values(this), second = Values(other);
        return [.. first.Keys.Union(second.Keys)
            .Select(name => (name, first.GetValueOrDefault(name, "none"), second.GetValueOrDefault(name, "none")))
            .Where(value => value.Item2 != value.Item3)];

        static Dictionary<string, string> Values(TrainingConfig config) =>
            Leaves("", JsonSerializer.SerializeToElement(config, Json.Line)).ToDictionary(leaf => leaf.Name, leaf => leaf.Value);
    }

    // A part of the configuration such as pruning is named with its own parts: pruning.density.
    private static IEnumerable<(string Name, string Value)> Leaves(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(part => Leaves(name.Length == 0 ? part.Name : $"{name}.{part.Name}", part.Value)),
        JsonValueKind.Null => [],
        _ => [(name, value.ToString())],
    };
}
