namespace GpuPool.Models.Detection;

/// <summary>The anchors of the maps of a batch; over all levels they are numbered from the first on.</summary>
internal sealed class RegionAnchors
{
    private readonly IReadOnlyList<AnchorLevel> _levels;
    private readonly (int Height, int Width)[] _sizes;

    public RegionAnchors(IReadOnlyList<AnchorLevel> levels, IReadOnlyList<RegionPrediction> predictions)
    {
        _levels = levels;
        _sizes = [.. predictions.Select(prediction => (prediction.Objectness.Shape[1], prediction.Objectness.Shape[2]))];
        ByLevel = [.. levels.Zip(_sizes, (level, size) => level.Of(size.Height, size.Width).ToArray())];
    }

    /// <summary>Anchors of each level.</summary>
    public Box[][] ByLevel { get; }

    /// <summary>The level of an anchor, and its number there.</summary>
    public (int Level, int Anchor) Locate(int number)
    {
        int level = 0;
        for (; number >= ByLevel[level].Length; level++)
            number -= ByLevel[level].Length;
        return (level, number);
    }

    /// <summary>The object of each anchor, as <see cref="OverlapMatching"/> has them; ignored are those of cells that show nothing of a picture of so many pixels.</summary>
    public int[] Match(OverlapMatching matching, int height, int width, Box[] objects)
    {
        var numbers = new List<int>();
        var boxes = new List<Box>();
        int number = 0;
        for (int level = 0; level < ByLevel.Length; level++)
        {
            int rows = _levels[level].CellsOf(height), columns = _levels[level].CellsOf(width);
            for (int anchor = 0; anchor < ByLevel[level].Length; anchor++, number++)
            {
                int cell = anchor / _levels[level].Cell.Count;
                if (cell / _sizes[level].Width >= rows || cell % _sizes[level].Width >= columns)
                    continue;
                numbers.Add(number);
                boxes.Add(ByLevel[level][anchor]);
            }
        }
        int[] matches = new int[number], taking = matching.Match<float>(boxes.ToArray(), objects);
        Array.Fill(matches, OverlapMatching.Ignored);
        for (int place = 0; place < taking.Length; place++)
            matches[numbers[place]] = taking[place];
        return matches;
    }
}
