namespace GpuPool.Experiments.Data.Coco;

/// <summary>A picture that an annotation file describes.</summary>
/// <param name="Id">Its number, different for each picture.</param>
/// <param name="FileName">Path within the folder of the pictures; it stays in there.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
public sealed record CocoImage(long Id, string FileName, int Width, int Height);

/// <summary>A rectangle in pixels: its upper left corner and its extents, which are at least 0.</summary>
public readonly record struct CocoBox(double X, double Y, double Width, double Height);

/// <summary>An object in a picture, or a crowd of objects.</summary>
/// <param name="Id">Its number, different for each object.</param>
/// <param name="ImageId">The picture.</param>
/// <param name="CategoryId">What it is.</param>
/// <param name="Box">Where it is.</param>
/// <param name="Area">
/// Pixels of its outline (in COCO itself; other sets give that of the box), at least 0. Where a file says nothing, that of the box, as pycocotools sets it for
/// objects that have a box only.
/// </param>
/// <param name="IsCrowd">Whether it stands for many of its kind.</param>
/// <param name="IsIgnored">Whether mmdetection learns nothing from it, by the field <c>ignore</c>; evaluation does not look at that.</param>
public sealed record CocoObject(long Id, long ImageId, long CategoryId, CocoBox Box, double Area, bool IsCrowd, bool IsIgnored = false);

/// <summary>A kind of object.</summary>
/// <param name="Id">Its number; COCO's own numbers have gaps.</param>
/// <param name="Name">Its name.</param>
public sealed record CocoCategory(long Id, string Name);

/// <summary>The content of an "instances" file of COCO (Lin et al. 2014), in the order of the file. Every object has its picture and its category in it.</summary>
public sealed class CocoAnnotations
{
    private readonly ILookup<long, CocoObject> _byImage;

    internal CocoAnnotations(IReadOnlyList<CocoImage> images, IReadOnlyList<CocoObject> objects, IReadOnlyList<CocoCategory> categories)
    {
        (Images, Objects, Categories) = (images, objects, categories);
        _byImage = objects.ToLookup(item => item.ImageId);
    }

    /// <summary>The pictures.</summary>
    public IReadOnlyList<CocoImage> Images { get; }

    /// <summary>The objects.</summary>
    public IReadOnlyList<CocoObject> Objects { get; }

    /// <summary>The kinds of objects.</summary>
    public IReadOnlyList<CocoCategory> Categories { get; }

    /// <summary>Numbers of the categories with a name. Nothing forbids several, as in a set that was merged from others.</summary>
    public IReadOnlySet<long> CategoriesNamed(string name) => Categories.Where(category => category.Name == name).Select(category => category.Id).ToHashSet();

    /// <summary>The objects in a picture; there may be none.</summary>
    public IEnumerable<CocoObject> ObjectsIn(CocoImage image) => _byImage[image.Id];

    /// <summary>Reads a file; outlines and whatever else it holds are passed over.</summary>
    /// <exception cref="GpuPoolException">The file is missing (10), or is not what it should be (11); the message names the place.</exception>
    public static CocoAnnotations Read(string path) => CocoReader.Read(path, Reading.Strict);
}
