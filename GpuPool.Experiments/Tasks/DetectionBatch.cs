using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Tasks;

/// <summary>Pictures with their objects, the smaller ones padded at the right and below with 0.</summary>
/// <param name="Images">Normalised colours, row major.</param>
/// <param name="Shape">(pictures, rows, columns, 3).</param>
/// <param name="Frames">Where each picture lies, and what it was resized by.</param>
/// <param name="Objects">What each shows, in pixels of the input; crowds and difficult ones are left out.</param>
/// <param name="Pictures">What the data set says of each.</param>
internal sealed record DetectionBatch(
    float[] Images, Shape Shape, IReadOnlyList<PictureFrame> Frames, IReadOnlyList<IReadOnlyList<LabelledBox>> Objects, IReadOnlyList<AnnotatedPicture> Pictures)
    : Batch(Images, Shape)
{
    /// <inheritdoc/>
    public override DetectionBatch First(int count) =>
        new(FirstImages(count), new Shape(count, Shape[1], Shape[2], Shape[3]), [.. Frames.Take(count)], [.. Objects.Take(count)], [.. Pictures.Take(count)]);
}

/// <summary>Puts pictures of different sizes and their objects together; the memory of their pixels is lent.</summary>
/// <param name="dataset">The pictures.</param>
/// <param name="transform">Makes inputs of them.</param>
internal sealed class DetectionPictures(IDetectionDataset dataset, DetectionTransform transform) : IBatchSource<DetectionBatch>
{
    // As many as a loader prepares ahead, and a few more, since sizes differ.
    private const int MostKept = 8;

    private readonly LentArrays _arrays = new(MostKept);

    /// <inheritdoc/>
    public string Name => dataset.Name;

    /// <inheritdoc/>
    public int Count => dataset.Count;

    /// <inheritdoc/>
    public DetectionBatch Collate(ReadOnlySpan<int> pictures, Func<int, RandomSequence> random, CancellationToken stop)
    {
        var described = new AnnotatedPicture[pictures.Length];
        var framed = new FramedScene[pictures.Length];
        var draws = new IRandomDraws[pictures.Length];
        for (int i = 0; i < pictures.Length; i++)
        {
            described[i] = dataset.Picture(pictures[i]);
            draws[i] = random(pictures[i]);
            framed[i] = transform.Frame(Scene.Of(described[i]), draws[i]);
        }
        int rows = framed.Max(picture => transform.Padded(picture.Frame.Height)), columns = framed.Max(picture => transform.Padded(picture.Frame.Width));
        int length = 3 * rows * columns;
        float[] images = _arrays.Take(pictures.Length * length);
        for (int i = 0; i < pictures.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            using RgbImage image = dataset.Image(pictures[i]);
            Span<float> pixels = images.AsSpan(i * length, length);
            transform.Sample(image, framed[i], draws[i], pixels, 3 * columns);
            ClearPadding(pixels, 3 * columns, framed[i].Frame);
        }
        return new DetectionBatch(
            images, new Shape(pictures.Length, rows, columns, 3), [.. framed.Select(picture => picture.Frame)], [.. framed.Select(picture => picture.Objects)], described);
    }

    /// <inheritdoc/>
    public void Recycle(DetectionBatch batch) => _arrays.Return(batch.Images);

    private static void ClearPadding(Span<float> pixels, int stride, PictureFrame frame)
    {
        for (int y = 0; y < frame.Height; y++)
            pixels.Slice(stride * y, stride)[(3 * frame.Width)..].Clear();
        pixels[(stride * frame.Height)..].Clear();
    }
}
