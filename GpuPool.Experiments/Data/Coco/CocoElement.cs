using System.Text.Json;

namespace GpuPool.Experiments.Data.Coco;

/// <summary>One element of a list of an annotation file: its fields, and the first thing that is wrong with it.</summary>
internal sealed class CocoElement
{
    private const string NumberAgain = "Give each annotation a number of its own from 1 on, or take them as pycocotools does with --as-pycocotools.";

    private readonly string _path, _place;
    private readonly JsonCursor _json;
    private long? _id, _imageId, _categoryId, _width, _height, _isCrowd;
    private double? _area, _score;
    private bool _isIgnored;
    private string? _fileName, _name;
    private CocoBox? _box;

    /// <summary>Reads from the current token, the first of the element, to its last.</summary>
    /// <param name="path">The file.</param>
    /// <param name="place">Where the element is, for messages.</param>
    /// <param name="json">The file's tokens.</param>
    public CocoElement(string path, string place, JsonCursor json)
    {
        (_path, _place, _json, Offset) = (path, place, json, json.Offset);
        if (json.Type == JsonTokenType.StartObject)
            ReadFields();
        else
            Pass<object>("must be an object");
    }

    /// <summary>Where the element begins in the file.</summary>
    public long Offset { get; }

    /// <summary>The first fault.</summary>
    public GpuPoolException? Fault { get; private set; }

    /// <summary>The element as a picture, or null with a fault.</summary>
    public CocoImage? Image(HashSet<long> ids)
    {
        Demand(_id is not null && _fileName is not null && _width is not null && _height is not null, "must have id, file_name, width and height");
        Demand(_fileName is null || DataFile.StaysInside(_fileName), "has a file_name that leads out of the folder of the images");
        Demand(IsSide(_width) && IsSide(_height), $"has a width or height that is not 1 to {ImageDecoder.MostSide}");
        Demand(_id is null || ids.Add(_id.Value), $"has the id {_id} of an earlier image");
        return Fault is null ? new CocoImage(_id!.Value, _fileName!, (int)_width!, (int)_height!) : null;
    }

    /// <summary>The number of the element as a picture that nobody will open, or null with a fault.</summary>
    public long? ImageId(HashSet<long> ids)
    {
        Demand(_id is not null, "must have id");
        Demand(_id is null || ids.Add(_id.Value), $"has the id {_id} of an earlier image");
        return Fault is null ? _id : null;
    }

    /// <summary>The element as an object, or null with a fault.</summary>
    public CocoObject? Object(HashSet<long> ids, CocoUse use)
    {
        Demand(_id is not null && _imageId is not null && _categoryId is not null && _box is not null, "must have id, image_id, category_id and bbox");
        Demand(_box is null or { Width: >= 0, Height: >= 0 }, "has a bbox of negative size");
        Demand(_area is null or >= 0, "has a negative area");
        Demand(_isCrowd is null or 0 or 1, "has an iscrowd that is neither 0 nor 1");
        string? remedy = use == CocoUse.Evaluation ? NumberAgain : null;
        Demand(use == CocoUse.EvaluationAsPycocotools || _id is null || ids.Add(_id.Value), $"has the id {_id} of an earlier annotation", remedy);
        Demand(use != CocoUse.Evaluation || _id != 0, "has the id 0, so that pycocotools would count whoever finds it as wrong", remedy);
        return Fault is null
            ? new CocoObject(_id!.Value, _imageId!.Value, _categoryId!.Value, _box!.Value, _area ?? _box.Value.Width * _box.Value.Height, _isCrowd == 1, _isIgnored)
            : null;
    }

    /// <summary>The element as a detection, or null with a fault.</summary>
    public CocoDetection? Detection()
    {
        Demand(_imageId is not null && _categoryId is not null && _box is not null && _score is not null, "must have image_id, category_id, bbox and score");
        Demand(_box is null or { Width: >= 0, Height: >= 0 }, "has a bbox of negative size");
        return Fault is null ? new CocoDetection(_imageId!.Value, _categoryId!.Value, _box!.Value, _score!.Value) : null;
    }

    /// <summary>The element as a category, or null with a fault.</summary>
    public CocoCategory? Category(HashSet<long> ids)
    {
        Demand(_id is not null && _name is not null, "must have id and name");
        Demand(_name is null || !_name.Any(char.IsControl), "has a name with control characters");
        Demand(_id is null || ids.Add(_id.Value), $"has the id {_id} of an earlier category");
        return Fault is null ? new CocoCategory(_id!.Value, _name!) : null;
    }

    private static bool IsSide(long? value) => value is null or (>= 1 and <= ImageDecoder.MostSide);

    private void ReadFields()
    {
        while (_json.Read() && _json.Type == JsonTokenType.PropertyName)
        {
            string field = _json.Text;
            _json.Read();
            switch (field)
            {
                case "id":
                    _id = Integer(field);
                    break;
                case "image_id":
                    _imageId = Integer(field);
                    break;
                case "category_id":
                    _categoryId = Integer(field);
                    break;
                case "width":
                    _width = Integer(field);
                    break;
                case "height":
                    _height = Integer(field);
                    break;
                case "iscrowd":
                    _isCrowd = Integer(field);
                    break;
                // A number in some sets, a truth value in others.
                case "ignore":
                    _isIgnored = _json.Type == JsonTokenType.True || _json.Type == JsonTokenType.Number && _json.Number != 0;
                    _json.Skip();
                    break;
                case "area":
                    _area = Number(field);
                    break;
                case "score":
                    _score = Number(field);
                    break;
                case "file_name":
                    _fileName = Text(field);
                    break;
                case "name":
                    _name = Text(field);
                    break;
                case "bbox":
                    _box = Box(field);
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }
    }

    private long? Integer(string field) =>
        _json.Type == JsonTokenType.Number && _json.Integer is { } value ? value : Pass<long?>($"must have a whole number as {field}");

    private double? Number(string field) =>
        _json.Type == JsonTokenType.Number && !double.IsNaN(_json.Number) ? _json.Number : Pass<double?>($"must have a finite number as {field}");

    private string? Text(string field) => _json.Type == JsonTokenType.String ? _json.Text : Pass<string?>($"must have a text as {field}");

    private CocoBox? Box(string field)
    {
        if (_json.Type != JsonTokenType.StartArray)
            return Pass<CocoBox?>($"must have a list as {field}");
        List<double> sides = [];
        while (_json.Read() && _json.Type != JsonTokenType.EndArray)
        {
            if (Number(field) is { } side && sides.Count <= 4)
                sides.Add(side);
        }
        Demand(sides.Count == 4, $"must have x, y, width and height as {field}");
        return sides.Count == 4 ? new CocoBox(sides[0], sides[1], sides[2], sides[3]) : null;
    }

    // Goes over a value of the wrong kind.
    private T? Pass<T>(string rule)
    {
        Refuse(rule);
        _json.Skip();
        return default;
    }

    private void Demand(bool holds, string rule, string? remedy = null)
    {
        if (!holds)
            Refuse(rule, remedy);
    }

    private void Refuse(string rule, string? remedy = null) => Fault ??= DataFile.Corrupt(_path, $"{_place} {rule}", Offset, remedy);
}
