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
    : Batch(Images, Shape);

/// <summary>Puts pictures of different sizes and their objects together.</summary>
/// <param name="dataset">The pictures.</param>
/// <param name="transform">Makes inputs of them.</param>
internal sealed class DetectionPictures(IDetectionDataset dataset, DetectionTransform transform) : IBatchSource<DetectionBatch>
{
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
        float[] images = new float[pictures.Length * length];
        for (int i = 0; i < pictures.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            using RgbImage image = dataset.Image(pictures[i]);
            transform.Sample(image, framed[i], draws[i], images.AsSpan(i * length, length), 3 * columns);
        }
        return new DetectionBatch(
            images, new Shape(pictures.Length, rows, columns, 3), [.. framed.Select(picture => picture.Frame)], [.. framed.Select(picture => picture.Objects)], described);
    }
}
