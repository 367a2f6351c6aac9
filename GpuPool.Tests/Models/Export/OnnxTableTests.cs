using System.Globalization;
using System.Runtime.CompilerServices;
using GpuPool.Models;
using GpuPool.Models.Detection;
using GpuPool.Models.Export;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models.Export;

/// <summary>
/// The table of export checks in the docs: every pooling method in both backbones, the networks of torchvision, and the detectors. Delete the lines behind its head and run the nightly tests of
/// this class to make it anew.
/// </summary>
public sealed class OnnxTableTests
{
    private const string Head = "| network | input | images | largest difference |\n|---|---|---|---|\n";

    private static IEnumerable<Row> Rows =>
    [
        .. PoolingMethod.All.SelectMany(method => new Row[]
        {
            new($"mobilenet_v2-{method.Word}-1222121", 0.35, 95, 79), new($"resnet18_v2-{method.Word}-1222", 1, 65, 71),
        }),
        new("vgg16_bn-maxp-22222", 1, 65, 65, Rounds: 1), new("densenet121-avgp-1222", 1, 97, 97, Rounds: 1), new("inception_v3-skip-2222", 1, 107, 107, Rounds: 1),
        new("ssd-mobilenet_v2-nlp_headfix2_reduced-1222121", 0.35, 224, 224, Rounds: 1), new("yolov3-mobilenet_v2-lip-1222121", 0.35, 96, 128, Rounds: 1),
    ];

    private static string Document => Path.GetFullPath(Path.Combine(Folder(), "..", "..", "..", "docs", "export.md"));

    [Test]
    [Category("Nightly")]
    public void Every_network_is_within_the_tolerance_and_in_the_table()
    {
        string[] lines = [.. Rows.Select(Line)];
        string text = File.ReadAllText(Document), table = Table();
        if (table.Length == 0)
            File.WriteAllText(Document, text.Replace(Head, Head + string.Concat(lines), StringComparison.Ordinal));
        Assert.That(lines, Has.Length.EqualTo(Rows.Count()));
    }

    [Test]
    public void Every_network_has_a_line_within_the_tolerance()
    {
        string[][] lines = [.. Table().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|', StringSplitOptions.TrimEntries))];
        Assert.That(lines.Select(cells => (cells[1], cells[2], cells[3])), Is.EqualTo(Rows.Select(row => (row.Name, row.Input, row.Images))));
        Assert.That(lines.Select(cells => double.Parse(cells[4], CultureInfo.InvariantCulture)), Is.All.GreaterThan(0).And.All.Matches<double>(difference => difference < OnnxCheck.Tolerance));
    }

    private static string Line(Row row)
    {
        using Module module = row.Create();
        module.Allocate(Devices.Cpu, seed: 3);
        OnnxCheck.Scatter(module);
        double difference = OnnxCheck.Difference(module, row.Export(module), row.Height, row.Width, batches: [1, 5], rounds: row.Rounds);
        Assert.That(difference, Is.Below(OnnxCheck.Tolerance), row.Name);
        return string.Create(CultureInfo.InvariantCulture, $"| {row.Name} | {row.Input} | {row.Images} | {difference:E1} |\n");
    }

    // What stands behind its head.
    private static string Table()
    {
        string text = File.ReadAllText(Document);
        int start = text.IndexOf(Head, StringComparison.Ordinal) + Head.Length, end = start;
        while (end < text.Length && text[end] == '|')
            end = text.IndexOf('\n', end) + 1;
        return text[start..end];
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private sealed record Row(string Label, double Factor, int Height, int Width, int Rounds = 17)
    {
        public string Name => Factor == 1 ? Label : string.Create(CultureInfo.InvariantCulture, $"{Label}, width {Factor}");

        public string Input => string.Create(CultureInfo.InvariantCulture, $"{Height} x {Width}");

        public string Images => (6 * Rounds).ToString(CultureInfo.InvariantCulture);

        public Module Create() => DetectorArchitecture.IsDetector(Label)
            ? DetectorArchitecture.Parse(Label).Create(new NetworkOptions(8, Factor))
            : new Network(Architecture.Parse(Label), new NetworkOptions(10, Factor));

        public Action<string, int, int, OnnxOptions> Export(Module module) => module is Detector detector ? detector.ExportOnnx : ((Network)module).ExportOnnx;
    }
}
