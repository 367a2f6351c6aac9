namespace GpuPool.Experiments.Data;

/// <summary>
/// How one axis is sampled: the source pixels [<paramref name="Start"/>, Start + <paramref name="Extent"/>) are spread over <paramref name="Outputs"/> pixels,
/// of which [<paramref name="First"/>, First + <paramref name="Count"/>) are computed. Nothing outside the source range is looked at.
/// </summary>
internal readonly record struct AxisMap(int Start, int Extent, int Outputs, int First, int Count)
{
    /// <summary>All of the outputs.</summary>
    public AxisMap(int start, int extent, int outputs) : this(start, extent, outputs, 0, outputs) { }
}

/// <summary>What part of a picture is shown, and how: the sampling of its columns and rows, and whether left and right are exchanged.</summary>
internal readonly record struct Framing(AxisMap Columns, AxisMap Rows, bool Flip);
