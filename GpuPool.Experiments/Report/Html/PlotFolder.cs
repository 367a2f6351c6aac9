using System.Xml.Linq;
using GpuPool.Experiments.Report.Plots;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Report.Html;

/// <summary>The folder of a report's plots, each as <c>NAME.png</c> and <c>NAME.svg</c>.</summary>
/// <param name="path">The folder; it exists.</param>
internal sealed class PlotFolder(string path)
{
    private const int LongestName = 80;

    private readonly HashSet<string> _names = [];

    /// <summary>Files written so far.</summary>
    public int Count => 2 * _names.Count;

    /// <summary>Writes a plot, and shows it in the page.</summary>
    /// <param name="name">What it is of; the name of its files is made of it.</param>
    /// <param name="figure">The plot.</param>
    /// <param name="description">What it shows, for those who do not see it.</param>
    public XElement Add(string name, Figure figure, string description)
    {
        string file = FileName(name);
        XElement svg = figure.Svg();
        AtomicFile.Write(Path.Combine(path, $"{file}.png"), stream => stream.Write(figure.Png()));
        AtomicFile.WriteText(Path.Combine(path, $"{file}.svg"), $"{svg}\n");
        return Tag.Of(
            "figure", Tag.Of("div", Tag.Class("scroll"), SvgImage.Inline(svg, $"plot-{_names.Count}", description)), Tag.Of("figcaption", description));
    }

    // Names of networks come from files: nothing of them but letters, digits, dots and dashes reaches a path.
    private string FileName(string name)
    {
        string plain = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '=' or '_' ? letter : '-')).TrimStart('.');
        string file = plain[..Math.Min(plain.Length, LongestName)];
        return _names.Add(file) ? file : FileName($"{_names.Count}-{name}");
    }
}
