using GpuPool.Experiments.Metrics;

namespace GpuPool.Experiments.Data.Coco;

/// <summary>What detections of COCO's form are measured against: pictures and categories in the order of their numbers, as pycocotools has them.</summary>
internal sealed class CocoTruth
{
    private readonly Dictionary<long, int> _images;
    private readonly IReadOnlyList<CocoObject> _objects;
    private readonly IReadOnlyList<CocoCategory> _known;
    private readonly Dictionary<long, int> _categories;

    /// <param name="images">Numbers of the pictures.</param>
    /// <param name="objects">What they show. Of those with one number the last stands for all, and one with the number 0 is never found, as pycocotools has it.</param>
    /// <param name="categories">The kinds of objects.</param>
    public CocoTruth(IEnumerable<long> images, IReadOnlyList<CocoObject> objects, IReadOnlyList<CocoCategory> categories)
        : this(Indices(images.Order()), objects, categories, [.. categories.OrderBy(category => category.Id)])
    {
    }

    private CocoTruth(Dictionary<long, int> images, IReadOnlyList<CocoObject> objects, IReadOnlyList<CocoCategory> known, IReadOnlyList<CocoCategory> categories)
    {
        (_images, _objects, _known, Categories) = (images, objects, known, categories);
        _categories = Indices(categories.Select(category => category.Id));
    }

    /// <summary>Number of pictures.</summary>
    public int Images => _images.Count;

    /// <summary>The categories that count.</summary>
    public IReadOnlyList<CocoCategory> Categories { get; }

    /// <summary>Only categories with these names.</summary>
    /// <exception cref="GpuPoolException">There is none of a name (3).</exception>
    public CocoTruth Only(IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(name => _known.All(category => category.Name != name)) is { } unknown)
        {
            throw new GpuPoolException(
                ExitCode.Configuration, $"the annotations have no category '{unknown}'", $"They have {NameList.Of([.. _known.Select(category => category.Name)], most: 20)}.");
        }
        return new CocoTruth(_images, _objects, _known, [.. Categories.Where(category => names.Contains(category.Name))]);
    }

    /// <summary>What is there.</summary>
    public IEnumerable<GroundTruthBox> Boxes()
    {
        var last = new Dictionary<long, CocoObject>();
        foreach (CocoObject item in _objects)
            last[item.Id] = item;
        return _objects.Where(item => _categories.ContainsKey(item.CategoryId)).OrderBy(item => _images[item.ImageId])
            .Select(item => last[item.Id]).Where(item => _categories.ContainsKey(item.CategoryId)).Select(Box);
    }

    /// <summary>Index of a picture; null where there is none with this number.</summary>
    public int? Image(long id) => _images.TryGetValue(id, out int index) ? index : null;

    /// <summary>Index of a category; null where there is none with this number, or it does not count.</summary>
    public int? Category(long id) => _categories.TryGetValue(id, out int index) ? index : null;

    /// <summary>Whether there is a category with this number, counting or not.</summary>
    public bool Knows(long category) => _known.Any(known => known.Id == category);

    /// <summary>A box of COCO as evaluation takes it.</summary>
    public static Rectangle RectangleOf(CocoBox box) => new(box.X, box.Y, box.Width, box.Height);

    private static Dictionary<long, int> Indices(IEnumerable<long> ids) => ids.Select((id, index) => (id, index)).ToDictionary();

    private GroundTruthBox Box(CocoObject item) => new(
        _images[item.ImageId], _categories[item.CategoryId], RectangleOf(item.Box), item.Area,
        item.IsCrowd ? GroundTruthKind.Crowd : item.Id == 0 ? GroundTruthKind.NeverFound : GroundTruthKind.Object);
}
