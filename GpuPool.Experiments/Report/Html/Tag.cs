using System.Xml.Linq;

namespace GpuPool.Experiments.Report.Html;

/// <summary>Elements of a document. An element without content keeps its end tag, since HTML knows no other way to close one.</summary>
internal static class Tag
{
    /// <summary>An element with text, elements and attributes; text is escaped when the document is written.</summary>
    public static XElement Of(string name, params object?[] content) => new(name, content, "");

    /// <summary>A class of the style sheet.</summary>
    public static XAttribute Class(string name) => new("class", name);

    /// <summary>A list with a dot before each item; null for no items.</summary>
    public static XElement? List(IEnumerable<object> items) => items.ToArray() is { Length: > 0 } all ? Of("ul", all.Select(item => Of("li", item))) : null;
}
