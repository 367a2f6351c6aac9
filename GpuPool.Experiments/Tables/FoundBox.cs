using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Tables;

/// <summary>What a detector found, as a result of a run has it.</summary>
/// <param name="X1">Left edge in pixels of the picture.</param>
/// <param name="Y1">Upper edge.</param>
/// <param name="X2">Right edge.</param>
/// <param name="Y2">Lower edge.</param>
/// <param name="Label">Class, from 0.</param>
/// <param name="Score">How sure the detector is.</param>
internal sealed record FoundBox(float X1, float Y1, float X2, float Y2, int Label, float Score)
{
    private const int Most = 5;

    /// <summary>The surest five.</summary>
    public static IReadOnlyList<FoundBox> Surest(IReadOnlyList<DetectedBox> boxes) =>
        [.. boxes.Take(Most).Select(found => new FoundBox(found.Box.X1, found.Box.Y1, found.Box.X2, found.Box.Y2, found.Label, found.Score))];
}
