using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Chooses what was chosen in a recording, in place of drawing.</summary>
/// <param name="positives">Those that show an object, of each picture.</param>
/// <param name="negatives">Those that show none, of each picture.</param>
internal sealed class RecordedRegionSampler(int[][] positives, int[][] negatives) : IRegionSampler
{
    /// <summary>What it was given to choose from, of each picture.</summary>
    public Dictionary<int, RegionSample> Candidates { get; } = [];

    public RegionSample Sample(int picture, IReadOnlyList<int> candidates, IReadOnlyList<int> others)
    {
        Candidates[picture] = new RegionSample(candidates, others);
        return new RegionSample(positives[picture], negatives[picture]);
    }
}
