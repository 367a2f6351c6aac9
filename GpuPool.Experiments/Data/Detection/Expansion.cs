namespace GpuPool.Experiments.Data.Detection;

/// <summary>With probability 1/2, puts a picture somewhere on a larger ground, so that its objects become smaller.</summary>
/// <remarks>Source: <c>Expand</c> of mmdetection 2.25, after SSD (Liu et al. 2016), which takes ratios of 1 to 4.</remarks>
/// <param name="Most">Largest ratio of the ground's sides to the picture's; the ratio is uniform in [1, <paramref name="Most"/>).</param>
/// <param name="Ground">Its colour.</param>
public sealed record Expansion(double Most, GroundColour Ground)
{
    /// <summary>The window with the ground around it.</summary>
    internal Scene Apply(Scene scene, IRandomDraws draws)
    {
        if (draws.NextDouble(0, 1) > 0.5)
            return scene;
        double ratio = draws.NextDouble(1, Most);
        int left = (int)draws.NextDouble(0, scene.Width * ratio - scene.Width), top = (int)draws.NextDouble(0, scene.Height * ratio - scene.Height);
        return new Scene(
            scene.Left - left, scene.Top - top, (int)(scene.Width * ratio), (int)(scene.Height * ratio),
            [.. scene.Objects.Select(item => item with { Box = item.Box.Shifted(left, top) })]);
    }
}

/// <summary>The colour around a picture, as bytes.</summary>
public readonly record struct GroundColour(byte Red, byte Green, byte Blue);
