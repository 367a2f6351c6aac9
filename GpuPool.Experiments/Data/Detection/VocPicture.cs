using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using GpuPool.Experiments.Data.Coco;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>What an annotation file of VOC says of a picture.</summary>
/// <param name="Id">Its number.</param>
/// <param name="FileName">Its file.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Objects">What it shows, by name of the class.</param>
internal sealed record VocPicture(int Id, string FileName, int Width, int Height, IReadOnlyList<(string Name, AnnotatedObject Object)> Objects)
{
    private const long MostBytes = 1 << 20;

    // A document type could name other files, or grow without bound.
    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };

    /// <summary>Reads a file. Corners are those of pixels, counted from 1: columns 1 to 3 become the box from 0 to 3.</summary>
    /// <exception cref="GpuPoolException">It is missing (10), or not what it should be (11); the message names the line.</exception>
    public static VocPicture Read(string path, string name, int id)
    {
        XElement root = Load(path);
        XElement size = Child(path, root, "size");
        return new VocPicture(
            id, $"{name}.jpg", Side(path, size, "width"), Side(path, size, "height"), [.. root.Elements("object").Select(item => Object(path, item))]);
    }

    /// <summary>The picture with the objects of some classes.</summary>
    public AnnotatedPicture With(IReadOnlyDictionary<string, int> labels) => new(
        Id, FileName, Width, Height, [.. Objects.Where(item => labels.ContainsKey(item.Name)).Select(item => item.Object with { Label = labels[item.Name] })]);

    private static XElement Load(string path)
    {
        byte[] file = DataFile.ReadAll(path, MostBytes);
        using var reader = XmlReader.Create(new MemoryStream(file), Settings);
        try
        {
            return XElement.Load(reader, LoadOptions.SetLineInfo);
        }
        catch (XmlException exception)
        {
            // It has no line for a document type, nor for a file without an element.
            throw exception.LineNumber > 0
                ? Corrupt(path, exception.LineNumber, "is not XML from here on") : DataFile.Corrupt(path, "has a document type, which is not read, or no element");
        }
    }

    private static (string, AnnotatedObject) Object(string path, XElement item)
    {
        string name = Child(path, item, "name").Value.Trim();
        if (name.Length == 0 || name.Any(char.IsControl))
            throw Corrupt(path, item, "has an object without a name that can be read");
        XElement bounds = Child(path, item, "bndbox");
        double left = Number(path, bounds, "xmin"), top = Number(path, bounds, "ymin"), right = Number(path, bounds, "xmax"), bottom = Number(path, bounds, "ymax");
        if (right < left || bottom < top)
            throw Corrupt(path, bounds, "has a box whose corners are exchanged");
        var box = new CocoBox(left - 1, top - 1, right - left + 1, bottom - top + 1);
        return (name, new AnnotatedObject(box, Label: 0, box.Width * box.Height, IsDifficult: item.Element("difficult")?.Value.Trim() == "1"));
    }

    private static int Side(string path, XElement size, string name) => Number(path, size, name) is var side && side >= 1 && side <= ImageDecoder.MostSide && side == (int)side
        ? (int)side : throw Corrupt(path, size, $"has a {name} that is not 1 to {ImageDecoder.MostSide}");

    private static double Number(string path, XElement parent, string name)
    {
        XElement child = Child(path, parent, name);
        return double.TryParse(child.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && Math.Abs(value) <= ImageDecoder.MostSide
            ? value : throw Corrupt(path, child, $"must have a number of at most {ImageDecoder.MostSide} as {name}");
    }

    private static XElement Child(string path, XElement parent, string name) =>
        parent.Element(name) ?? throw Corrupt(path, parent, $"has no '{name}' in '{parent.Name.LocalName}'");

    private static GpuPoolException Corrupt(string path, XElement element, string what) => Corrupt(path, ((IXmlLineInfo)element).LineNumber, what);

    private static GpuPoolException Corrupt(string path, int line, string what) => DataFile.Corrupt(path, string.Create(CultureInfo.InvariantCulture, $"in line {line} {what}"));
}
