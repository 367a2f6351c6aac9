namespace GpuPool.Experiments.Data;

/// <summary>
/// Random crop of random shape, resized to a square, and a random flip: the released training recipe (RandomResizedCrop, RandomHorizontalFlip).
/// </summary>
/// <remarks>
/// Area: uniform in [<paramref name="MinimumScale"/>, 1] of the picture's. Ratio of width to height: between 3/4 and 4/3, its logarithm uniform.
/// Position: uniform. A draw that does not fit is repeated, ten times in all; then the middle is taken, as large as the ratios allow. Flip: with
/// probability 1/2. The released code first resizes STL-10 from 96 to 128; here the crop is sampled from the picture itself, one resampling less.
/// Source: torchvision's <c>RandomResizedCrop</c>.
/// </remarks>
/// <param name="Size">Rows and columns of the result.</param>
/// <param name="Normalisation">Colour map.</param>
/// <param name="MinimumScale">Smallest part of the area; see <see cref="IDataset.MinimumCropScale"/>.</param>
public sealed record TrainingTransform(int Size, Normalisation Normalisation, double MinimumScale = 0.08) : ImageTransform(Size, Normalisation)
{
    private const double NarrowestRatio = 3.0 / 4, WidestRatio = 4.0 / 3;
    private const int Attempts = 10;

    /// <inheritdoc/>
    internal override Framing Choose(int width, int height, ref RandomSequence random)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = (double)width * height * random.NextDouble(MinimumScale, 1);
            double ratio = Math.Exp(random.NextDouble(Math.Log(NarrowestRatio), Math.Log(WidestRatio)));
            int w = (int)Math.Round(Math.Sqrt(area * ratio)), h = (int)Math.Round(Math.Sqrt(area / ratio));
            if (w >= 1 && h >= 1 && w <= width && h <= height)
                return Crop(random.Next(width - w + 1), random.Next(height - h + 1), w, h, ref random);
        }
        int widest = Math.Min(width, (int)Math.Round(height * WidestRatio)), tallest = Math.Min(height, (int)Math.Round(width / NarrowestRatio));
        return Crop((width - widest) / 2, (height - tallest) / 2, widest, tallest, ref random);
    }

    private Framing Crop(int x, int y, int width, int height, ref RandomSequence random) =>
        new(new AxisMap(x, width, Size), new AxisMap(y, height, Size), Flip: random.Next(2) == 1);
}
