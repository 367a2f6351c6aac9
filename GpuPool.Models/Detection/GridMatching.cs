using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>
/// Matches anchors with objects as YOLOv3 does (mmdetection's GridAssigner): only anchors of cells that hold the middle of some object may show one, and then any object. Anchors that overlap
/// every object by at most <see cref="Threshold"/> are background, those of such cells that overlap one by more take it, and then each object in its order takes all that it overlaps most.
/// </summary>
public static class GridMatching
{
    /// <summary>Largest IoU of background.</summary>
    public const float Threshold = 0.5f;

    private const float Epsilon = 1e-6f;

    /// <summary>Which anchors of some maps lie in a cell that holds the middle of an object.</summary>
    /// <param name="levels">The maps.</param>
    /// <param name="sizes">Rows and columns of each.</param>
    /// <param name="objects">The objects.</param>
    public static bool[] Responsible(IReadOnlyList<AnchorLevel> levels, IReadOnlyList<(int Height, int Width)> sizes, ReadOnlySpan<Box> objects)
    {
        bool[] responsible = new bool[levels.Zip(sizes, (level, size) => level.Cell.Count * size.Height * size.Width).Sum()];
        int first = 0;
        foreach ((AnchorLevel level, (int height, int width)) in levels.Zip(sizes))
        {
            foreach (Box box in objects)
            {
                (int x, int y) = ((int)MathF.Floor(box.CentreX / level.Stride), (int)MathF.Floor(box.CentreY / level.Stride));
                if (x >= 0 && x < width && y >= 0 && y < height)
                    responsible.AsSpan(first + (y * width + x) * level.Cell.Count, level.Cell.Count).Fill(true);
            }
            first += level.Cell.Count * height * width;
        }
        return responsible;
    }

    /// <summary>The object of each anchor, or <see cref="OverlapMatching.Background"/> or <see cref="OverlapMatching.Ignored"/>.</summary>
    public static int[] Match(ReadOnlySpan<Box> anchors, ReadOnlySpan<bool> responsible, ReadOnlySpan<Box> objects)
    {
        int[] matches = new int[anchors.Length];
        float[] most = new float[objects.Length];
        for (int anchor = 0; anchor < anchors.Length; anchor++)
        {
            (float overlap, int own) = (0, 0);
            for (int place = 0; place < objects.Length; place++)
            {
                float current = Overlap.OverUnion(objects[place], anchors[anchor], Epsilon);
                if (current > overlap)
                    (overlap, own) = (current, place);
                if (responsible[anchor])
                    most[place] = Math.Max(most[place], current);
            }
            matches[anchor] = overlap <= Threshold ? OverlapMatching.Background : responsible[anchor] ? own : OverlapMatching.Ignored;
        }
        for (int place = 0; place < objects.Length; place++)
        {
            for (int anchor = 0; anchor < anchors.Length && most[place] > 0; anchor++)
            {
                if (responsible[anchor] && Overlap.OverUnion(objects[place], anchors[anchor], Epsilon) == most[place])
                    matches[anchor] = place;
            }
        }
        return matches;
    }
}
