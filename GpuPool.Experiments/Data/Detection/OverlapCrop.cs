using GpuPool.Kernels.Boxes;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>Cuts out a part that overlaps every object by at least a drawn amount, and keeps the objects whose centre lies in it.</summary>
/// <remarks>
/// An amount is drawn from <paramref name="Overlaps"/>, 1 or 0, each equally likely; 1 leaves the picture as it is. Else, up to 50 times, a part is drawn: its sides
/// uniform in [0.3, 1) of the picture's, their ratio at most 2, its place uniform. It is taken when the least intersection over union with an object is not below
/// the amount and a centre lies strictly inside. After 50 failures another amount is drawn. Source: <c>MinIoURandomCrop</c> of mmdetection 2.25, after SSD; there a
/// slip draws the left and upper edge between 1 and what is left over, so that the first column and row are never the edge. Here they are drawn from 0 on.
/// </remarks>
/// <param name="Overlaps">The amounts between 0 and 1.</param>
public sealed record OverlapCrop(params IReadOnlyList<double> Overlaps)
{
    private const int Attempts = 50;
    private const double LeastSide = 0.3, LeastRatio = 0.5, MostRatio = 2;
    private const float LeastUnion = 1e-6f;

    /// <summary>The part.</summary>
    internal Scene Apply(Scene scene, IRandomDraws draws)
    {
        while (true)
        {
            int mode = draws.Next(Overlaps.Count + 2);
            if (mode == 0)
                return scene;
            double least = mode > Overlaps.Count ? 0 : Overlaps[mode - 1];
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                if (Part(scene, draws) is { } part && Within(scene, part, least) is { } cut)
                    return cut;
            }
        }
    }

    private static Box? Part(Scene scene, IRandomDraws draws)
    {
        double width = draws.NextDouble(LeastSide * scene.Width, scene.Width), height = draws.NextDouble(LeastSide * scene.Height, scene.Height);
        if (height / width is < LeastRatio or > MostRatio)
            return null;
        double left = draws.NextDouble(0, scene.Width - width), top = draws.NextDouble(0, scene.Height - height);
        var part = new Box((int)left, (int)top, (int)(left + width), (int)(top + height));
        return part is { Width: > 0, Height: > 0 } ? part : null;
    }

    private static Scene? Within(Scene scene, Box part, double least)
    {
        LabelledBox[] kept =
        [
            .. scene.Objects.Where(item => Holds(part, item.Box))
                .Select(item => item with { Box = item.Box.Shifted(-part.X1, -part.Y1).ClippedTo(part.Width, part.Height) }),
        ];
        bool isTaken = scene.Objects.Count == 0 || kept.Length > 0 && scene.Objects.All(item => Overlap.OverUnion(part, item.Box, LeastUnion) >= least);
        return isTaken ? new Scene(scene.Left + (int)part.X1, scene.Top + (int)part.Y1, (int)part.Width, (int)part.Height, kept) : null;
    }

    private static bool Holds(Box part, Box box) =>
        box.CentreX > part.X1 && box.CentreY > part.Y1 && box.CentreX < part.X2 && box.CentreY < part.Y2;
}
