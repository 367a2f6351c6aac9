using System.Globalization;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>One split of a data set of image files with annotations, decoded when asked for.</summary>
internal sealed class AnnotatedFiles(string name, IReadOnlyList<string> classNames, string folder, AnnotatedPicture[] pictures, ImageCache cache) : IDetectionDataset
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => classNames;

    /// <inheritdoc/>
    public int Count => pictures.Length;

    /// <inheritdoc/>
    public AnnotatedPicture Picture(int index) => pictures[index];

    /// <inheritdoc/>
    public RgbImage Image(int index)
    {
        AnnotatedPicture picture = pictures[index];
        string path = Path.Combine(folder, picture.FileName);
        RgbImage image = cache.Get(path);
        if ((image.Width, image.Height) == (picture.Width, picture.Height))
            return image;
        using (image)
        {
            throw DataFile.Corrupt(path, string.Create(
                CultureInfo.InvariantCulture, $"is {image.Width} x {image.Height}, where its annotation says {picture.Width} x {picture.Height}"));
        }
    }
}
