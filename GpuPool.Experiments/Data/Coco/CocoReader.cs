using System.Text.Json;

namespace GpuPool.Experiments.Data.Coco;

/// <summary>
/// Reads {"images": [..], "annotations": [..], "categories": [..]}, the lists in any order, and believes nothing: each element must have its fields, of the right
/// type and in range, numbers must be different, and what an annotation refers to must be there. Unknown fields are passed over.
/// </summary>
internal sealed class CocoReader
{
    private static readonly string[] Lists = ["images", "annotations", "categories"];

    private readonly string _path;
    private readonly Reading _reading;
    private readonly CocoUse _use;
    private readonly JsonCursor _json;
    private readonly List<CocoImage> _images = [];
    private readonly List<(CocoObject Object, long Offset)> _objects = [];
    private readonly List<CocoCategory> _categories = [];
    private readonly HashSet<long> _imageIds = [], _objectIds = [], _categoryIds = [];
    private readonly HashSet<string> _found = [];

    private CocoReader(string path, Reading reading, CocoUse use, JsonCursor json) => (_path, _reading, _use, _json) = (path, reading, use, json);

    /// <summary>Reads a file; a faulty element is reported and left out.</summary>
    /// <exception cref="GpuPoolException">It is missing (10), or not JSON (11), whether faults are thrown or not.</exception>
    public static CocoAnnotations Read(string path, Reading reading)
    {
        CocoReader reader = Read(path, reading, CocoUse.Pictures);
        return new CocoAnnotations(reader._images, [.. reader.Consistent()], reader._categories);
    }

    /// <summary>Reads a file to measure detections against, of which no picture will be opened.</summary>
    /// <inheritdoc cref="Read(string, Reading)"/>
    public static CocoTruth ReadTruth(string path, bool asPycocotools)
    {
        CocoReader reader = Read(path, Reading.Strict, asPycocotools ? CocoUse.EvaluationAsPycocotools : CocoUse.Evaluation);
        return new CocoTruth(reader._imageIds, [.. reader.Consistent()], reader._categories);
    }

    private static CocoReader Read(string path, Reading reading, CocoUse use)
    {
        using var json = new JsonCursor(path);
        var reader = new CocoReader(path, reading, use, json);
        reader.ReadLists();
        return reader;
    }

    private void ReadLists()
    {
        if (!_json.Read() || _json.Type != JsonTokenType.StartObject)
            throw DataFile.Corrupt(_path, "the file must hold an object", _json.Offset);
        while (_json.Read() && _json.Type == JsonTokenType.PropertyName)
        {
            string list = _json.Text;
            _json.Read();
            if (!Lists.Contains(list))
            {
                _json.Skip();
                continue;
            }
            if (_json.Type != JsonTokenType.StartArray || !_found.Add(list))
                throw DataFile.Corrupt(_path, $"'{list}' must be a list and occur once", _json.Offset);
            for (int index = 0; _json.Read() && _json.Type != JsonTokenType.EndArray; index++)
                ReadElement(list, index);
        }
        _json.Read();
        foreach (string list in Lists.Where(list => !_found.Contains(list)))
            _reading.Report(DataFile.Corrupt(_path, $"has no list '{list}'"));
    }

    private void ReadElement(string list, int index)
    {
        var element = new CocoElement(_path, $"{list}[{index}]", _json);
        switch (list)
        {
            case "images" when _use != CocoUse.Pictures:
                element.ImageId(_imageIds);
                break;
            case "images" when element.Image(_imageIds) is { } image:
                _images.Add(image);
                break;
            case "annotations" when element.Object(_objectIds, _use) is { } item:
                _objects.Add((item, element.Offset));
                break;
            case "categories" when element.Category(_categoryIds) is { } category:
                _categories.Add(category);
                break;
        }
        if (element.Fault is { } fault)
            _reading.Report(fault);
    }

    // The lists come in any order, so what an annotation refers to is known when all have been read.
    private IEnumerable<CocoObject> Consistent()
    {
        foreach ((CocoObject item, long offset) in _objects)
        {
            if (!_imageIds.Contains(item.ImageId))
                _reading.Report(DataFile.Corrupt(_path, $"annotation {item.Id} is of image {item.ImageId}, which the file does not have", offset));
            else if (!_categoryIds.Contains(item.CategoryId))
                _reading.Report(DataFile.Corrupt(_path, $"annotation {item.Id} is of category {item.CategoryId}, which the file does not have", offset));
            else
                yield return item;
        }
    }
}
