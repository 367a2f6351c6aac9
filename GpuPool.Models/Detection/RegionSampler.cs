using GpuPool.Kernels.Numerics;

namespace GpuPool.Models.Detection;

/// <summary>Chooses which anchors or proposals of a picture are trained.</summary>
public interface IRegionSampler
{
    /// <summary>A part of both lists, in their order.</summary>
    /// <param name="picture">Number of the picture in the batch.</param>
    /// <param name="positives">Those that show an object.</param>
    /// <param name="negatives">Those that show none.</param>
    RegionSample Sample(int picture, IReadOnlyList<int> positives, IReadOnlyList<int> negatives);
}

/// <summary>What a sampler chose.</summary>
/// <param name="Positives">Those that show an object.</param>
/// <param name="Negatives">Those that show none.</param>
public readonly record struct RegionSample(IReadOnlyList<int> Positives, IReadOnlyList<int> Negatives);

/// <summary>
/// Chooses evenly without replacement: at most a share of positives, and negatives for the rest. What it draws depends on seed, stream, step and picture
/// and on the number of those that it chooses from.
/// </summary>
/// <param name="Count">How many are chosen, where there are so many.</param>
/// <param name="PositiveShare">Largest share of positives in them.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Stream">Stream of random numbers.</param>
/// <param name="Step">Number of the training step.</param>
public sealed record RandomRegionSampler(int Count, double PositiveShare, ulong Seed, uint Stream, uint Step) : IRegionSampler
{
    /// <inheritdoc/>
    public RegionSample Sample(int picture, IReadOnlyList<int> positives, IReadOnlyList<int> negatives)
    {
        IReadOnlyList<int> some = Choose((uint)picture * 2, positives, (int)(Count * PositiveShare));
        return new RegionSample(some, Choose((uint)picture * 2 + 1, negatives, Count - some.Count));
    }

    // The first steps of Fisher and Yates' shuffle.
    private IReadOnlyList<int> Choose(uint item, IReadOnlyList<int> candidates, int count)
    {
        if (candidates.Count <= count)
            return candidates;
        int[] places = [.. Enumerable.Range(0, candidates.Count)];
        for (int place = 0; place < count; place++)
        {
            uint bits = Philox.Block(Seed, Stream, Step, item, (uint)place / 4).Draw(place % 4);
            int other = place + (int)((ulong)bits * (ulong)(places.Length - place) >> 32);
            (places[place], places[other]) = (places[other], places[place]);
        }
        return [.. places.Take(count).Order().Select(place => candidates[place])];
    }
}
