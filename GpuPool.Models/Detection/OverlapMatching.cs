using System.Numerics;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>
/// Matches anchors with objects by IoU, as mmdetection's MaxIoUAssigner does: an anchor takes the object that it overlaps most where that is at least <see cref="Positive"/>, is background
/// where it is below <see cref="Negative"/>, and is ignored between the two; then objects in their order take anchors from each other by <see cref="LowQuality"/>.
/// </summary>
/// <param name="Positive">Least IoU of an anchor that shows an object.</param>
/// <param name="Negative">IoU from which on an anchor is no background.</param>
/// <param name="LowQuality">What objects take that overlap no anchor so much.</param>
/// <param name="Least">Least IoU for <paramref name="LowQuality"/>.</param>
/// <param name="Epsilon">Least union that an intersection is divided by.</param>
public sealed record OverlapMatching(
    double Positive, double Negative, LowQualityMatches LowQuality = LowQualityMatches.None, double Least = 0, double Epsilon = 1e-6)
{
    /// <summary>In place of an object: the anchor is background.</summary>
    public const int Background = -1;

    /// <summary>In place of an object: the anchor takes no part in the loss.</summary>
    public const int Ignored = -2;

    /// <summary>The object of each anchor.</summary>
    public int[] Match<T>(ReadOnlySpan<Box<T>> anchors, ReadOnlySpan<Box<T>> objects) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T positive = T.CreateChecked(Positive), negative = T.CreateChecked(Negative), epsilon = T.CreateChecked(Epsilon);
        int[] matches = new int[anchors.Length], own = new int[anchors.Length], best = new int[objects.Length];
        var most = new T[objects.Length];
        most.AsSpan().Fill(-T.One);
        for (int anchor = 0; anchor < anchors.Length; anchor++)
        {
            T overlap = T.Zero;
            for (int place = 0; place < objects.Length; place++)
            {
                T current = Overlap.OverUnion(objects[place], anchors[anchor], epsilon);
                if (current > overlap)
                    (overlap, own[anchor]) = (current, place);
                if (current > most[place])
                    (most[place], best[place]) = (current, anchor);
            }
            matches[anchor] = objects.Length == 0 || overlap < negative ? Background : overlap >= positive ? own[anchor] : Ignored;
        }
        for (int place = 0; place < objects.Length && LowQuality != LowQualityMatches.None; place++)
        {
            if (most[place] < T.CreateChecked(Least))
                continue;
            if (LowQuality == LowQualityMatches.Best)
            {
                matches[best[place]] = place;
                continue;
            }
            for (int anchor = 0; anchor < anchors.Length; anchor++)
            {
                if (Overlap.OverUnion(objects[place], anchors[anchor], epsilon) == most[place])
                    matches[anchor] = LowQuality == LowQualityMatches.OwnBest ? own[anchor] : place;
            }
        }
        return matches;
    }
}
