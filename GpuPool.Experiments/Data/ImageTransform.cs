namespace GpuPool.Experiments.Data;

/// <summary>From a picture of any size to a square of numbers: a <see cref="Framing"/> is chosen, then the picture is sampled once and normalised.</summary>
/// <param name="Size">Rows and columns of the result.</param>
/// <param name="Normalisation">Colour map.</param>
public abstract record ImageTransform(int Size, Normalisation Normalisation)
{
    /// <summary>The part of a picture of this size to show; <paramref name="random"/> is this picture's own sequence in this epoch.</summary>
    internal abstract Framing Choose(int width, int height, ref RandomSequence random);

    /// <summary>Writes (Size, Size, 3) numbers.</summary>
    internal void Apply(RgbImage image, ref RandomSequence random, Span<float> target) =>
        Resampler.Sample(image, Choose(image.Width, image.Height, ref random), Normalisation, target);
}
