using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>What the anchors of a level should say, picture by picture and row by row: values as the head gives them, behind the sigmoid where there is one.</summary>
public sealed class YoloTargets
{
    private readonly int _columns;

    private YoloTargets(int rows, int columns)
    {
        _columns = columns;
        (Values, IsObject, IsBackground) = (new float[rows * columns], new bool[rows], new bool[rows]);
    }

    /// <summary>Shares of the cell, logarithms of extents, 1 for confidence and class; 0 for anchors that show no object.</summary>
    public float[] Values { get; }

    /// <summary>Which anchors show an object.</summary>
    public bool[] IsObject { get; }

    /// <summary>Which anchors are background; those that are neither take no part.</summary>
    public bool[] IsBackground { get; }

    /// <summary>The targets of each level for pictures that show these objects.</summary>
    internal static YoloTargets[] Of(YoloOptions options, IReadOnlyList<(int Height, int Width)> sizes, IReadOnlyList<IReadOnlyList<LabelledBox>> objects)
    {
        Box[][] maps = [.. options.Anchors.Zip(sizes, (level, size) => level.Of(size.Height, size.Width).ToArray())];
        Box[] anchors = [.. maps.SelectMany(map => map)];
        YoloTargets[] targets = [.. maps.Select(map => new YoloTargets(objects.Count * map.Length, options.Columns))];
        for (int picture = 0; picture < objects.Count; picture++)
        {
            Box[] boxes = [.. objects[picture].Select(item => item.Box)];
            ReadOnlySpan<int> matches = GridMatching.Match(anchors, GridMatching.Responsible(options.Anchors, sizes, boxes), boxes);
            for (int level = 0; level < maps.Length; level++)
            {
                for (int place = 0; place < maps[level].Length; place++)
                {
                    int row = picture * maps[level].Length + place, match = matches[place];
                    if (match >= 0)
                        targets[level].Set(row, maps[level][place], objects[picture][match], options.Anchors[level].Stride);
                    targets[level].IsBackground[row] = match == OverlapMatching.Background;
                }
                matches = matches[maps[level].Length..];
            }
        }
        return targets;
    }

    /// <summary>Weights of the binary cross-entropies: 2 for shares of the cell, 1 for confidence and classes.</summary>
    internal float[] CrossEntropyWeights()
    {
        float[] weights = new float[Values.Length];
        for (int row = 0; row < IsObject.Length; row++)
        {
            Span<float> own = weights.AsSpan(row * _columns, _columns);
            if (IsObject[row])
            {
                own[..2].Fill(2);
                own[5..].Fill(1);
            }
            own[4] = IsObject[row] || IsBackground[row] ? 1 : 0;
        }
        return weights;
    }

    /// <summary>Weights of the squares: 2 for logarithms of extents.</summary>
    internal float[] SquareWeights()
    {
        float[] weights = new float[Values.Length];
        for (int row = 0; row < IsObject.Length; row++)
            weights.AsSpan(row * _columns + 2, 2).Fill(IsObject[row] ? 2 : 0);
        return weights;
    }

    private void Set(int row, Box anchor, LabelledBox item, int stride)
    {
        Span<float> own = Values.AsSpan(row * _columns, _columns);
        BoxDeltas<float> target = YoloCoder.Encode(anchor, item.Box, stride);
        (own[0], own[1], own[2], own[3], own[4], own[5 + item.Label]) = (target.X, target.Y, target.Width, target.Height, 1, 1);
        IsObject[row] = true;
    }
}
