using System.Text.Json.Serialization;

namespace GpuPool.Experiments.Data;

/// <summary>A published way from pictures to inputs. It belongs to the experiment: a network is tested with the one it was trained with.</summary>
public enum Preprocessing
{
    /// <summary>The released recipe for STL-10: colours to [-1, 1], crops of 8 to 100 % of the area; tested on the middle square.</summary>
    Stl10,

    /// <summary>The released recipe for ImageNet: its colours' mean and deviation, crops of 8 to 100 %; tested on the middle square.</summary>
    [JsonStringEnumMemberName("imagenet")]
    ImageNet,

    /// <summary>
    /// Visual Wake Words as in the RNNPool authors' example: ImageNet's mean and deviation, crops of 20 to 100 %; tested on the middle 224/256 of the shorter side.
    /// </summary>
    Vww,
}

/// <summary>The transforms of each <see cref="Preprocessing"/>.</summary>
public static class PreprocessingTransforms
{
    /// <summary>For training: crops as small as both the recipe and the data set allow.</summary>
    public static TrainingTransform Training(this Preprocessing recipe, int size, IDataset dataset) =>
        new(size, Colours(recipe), Math.Max(recipe == Preprocessing.Vww ? 0.2 : 0.08, dataset.MinimumCropScale));

    /// <summary>For testing.</summary>
    public static EvaluationTransform Evaluation(this Preprocessing recipe, int size) =>
        new(size, Colours(recipe)) { ShorterSide = recipe == Preprocessing.Vww ? (int)Math.Round(size * 256.0 / 224) : size };

    private static Normalisation Colours(Preprocessing recipe) => recipe == Preprocessing.Stl10 ? Normalisation.Half : Normalisation.ImageNet;
}
