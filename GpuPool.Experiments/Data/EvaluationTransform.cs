namespace GpuPool.Experiments.Data;

/// <summary>
/// The middle square: the shorter side is resized to <see cref="ShorterSide"/>, keeping the ratio, and the central square is taken (Resize,
/// CenterCrop), in one resampling.
/// </summary>
/// <param name="Size">Rows and columns of the result.</param>
/// <param name="Normalisation">Colour map.</param>
public sealed record EvaluationTransform(int Size, Normalisation Normalisation) : ImageTransform(Size, Normalisation)
{
    /// <summary>
    /// Length of the picture's shorter side before the square is cut out of it, at least <see cref="ImageTransform.Size"/>. Default: Size, the
    /// released recipe; 256 for 224 elsewhere.
    /// </summary>
    public int ShorterSide
    {
        get;
        init => field = value >= Size ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"must be at least {Size}, the size of the result");
    } = Size;

    /// <inheritdoc/>
    internal override Framing Choose(int width, int height, ref RandomSequence random)
    {
        int shorter = Math.Min(width, height);
        return new Framing(Middle(width, shorter), Middle(height, shorter), Flip: false);
    }

    // The longer side is rounded down, the margin to even, as torchvision does.
    private AxisMap Middle(int extent, int shorter)
    {
        int outputs = (int)((long)ShorterSide * extent / shorter);
        return new AxisMap(0, extent, outputs, (int)Math.Round((outputs - Size) / 2.0), Size);
    }
}
