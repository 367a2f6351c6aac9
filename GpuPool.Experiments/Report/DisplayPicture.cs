using GpuPool.Experiments.Data;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Report;

/// <summary>The part of a picture that a network sees, for eyes.</summary>
internal static class DisplayPicture
{
    /// <summary>(side, side, 3) colours in [0, 1].</summary>
    /// <param name="config">Whose preprocessing cuts the picture.</param>
    /// <param name="image">The picture.</param>
    /// <param name="side">Rows and columns of the result.</param>
    public static float[] Colours(TrainingConfig config, RgbImage image, int side)
    {
        float[] colours = new float[3 * side * side];
        var draws = default(RandomSequence);
        (config.Preprocessing.Evaluation(side) with { Normalisation = Normalisation.None }).Apply(image, ref draws, colours);
        return colours;
    }
}
