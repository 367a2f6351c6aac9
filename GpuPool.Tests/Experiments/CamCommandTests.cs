using System.Text.RegularExpressions;
using System.Xml.Linq;
using GpuPool.Experiments;
using GpuPool.Experiments.Attribution;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;

namespace GpuPool.Tests.Experiments;

public sealed class CamCommandTests
{
    private TemporaryFolder _folder = null!;

    private string Run => _folder["run"];

    private string Picture => _folder[Path.Combine("checks above dots", "one.png")];

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run(
            "train", "mobilenet_v2-nlp_headfix2-1222121", "--width", "0.1", "--size", "32", "--epochs", "1", "--limit", "16", "--run", Run, "--device", "cpu", "--threads", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Directory.CreateDirectory(Path.GetDirectoryName(Picture)!);
        File.WriteAllBytes(Picture, ImageEncoder.Png(SyntheticDataset.Test().Image(0)));
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void It_lists_the_layers_with_their_extents()
    {
        CommandLine list = Cam("--list");
        Assert.That(list.Code, Is.EqualTo(ExitCode.Done), list.Error);
        Assert.That(list.Output.Split('\n'), Is.SupersetOf(new[] { "net.features.1.0.pooling.logit.pool_weight: weights (1, 16, 16, 4)", "net.conv2: map (1, 1, 1, 1280)" }));
    }

    [Test]
    public void Every_method_draws_a_picture_with_class_and_score([Values("gradcam", "gradcam++", "scorecam", "pi")] string method)
    {
        string target = _folder[$"out-{method.TrimEnd('+')}{method.Length}"];
        CommandLine cam = Cam(Picture, "--method", method, "--class", "true", "--layer", method == "pi" ? "features.3.0.pooling" : "net.features.3.0.pooling.logit.pool_weight", "--out", target);
        Assert.That(cam.Code, Is.EqualTo(ExitCode.Done), cam.Error);
        Assert.That(cam.Output, Does.Match(@"one\.png: checks above dots 0\.\d\d, 1 layer; .*one\.png"));
        using RgbImage drawn = ImageDecoder.Decode(Path.Combine(target, "one.png"));
        Assert.That(drawn.Pixels.ToArray().Distinct().Count(), Is.GreaterThan(50), "a picture and not a plain ground");
        string text = File.ReadAllText(Path.Combine(target, "one.svg"));
        Assert.That(text, Does.Contain("features.3.0.pooling").And.Contain("<image").And.Match("checks above dots 0[.][0-9][0-9]"), "no caption is cut");
        // Letters of the picture itself may happen to spell it.
        Assert.That(Regex.Replace(text, "base64,[^\"]*", ""), Does.Not.Contain("NaN"));
        var svg = XElement.Parse(text);
        string[] shown = [.. svg.Descendants().Attributes().Where(attribute => attribute.Name.LocalName == "href" && attribute.Value.StartsWith('#')).Select(attribute => attribute.Value[1..])];
        Assert.That(shown, Is.Not.Empty.And.SubsetOf(svg.Descendants().Attributes("id").Select(id => id.Value)), "a picture that is named elsewhere is not seen");
    }

    [Test]
    public void The_lens_draws_and_measures_the_attention_of_every_pool()
    {
        string target = _folder["lens"];
        CommandLine lens = CommandLine.Run("lens", Run, Picture, "--out", target, "--device", "cpu", "--threads", "1");
        Assert.That(lens.Code, Is.EqualTo(ExitCode.Done), lens.Error);
        IReadOnlyList<AttentionRow> rows = CsvFile.Read<AttentionRow>(Path.Combine(target, "attention.csv"));
        Assert.That(rows.Select(row => (row.Head, row.Tokens)), Is.EqualTo(new[] { 256, 64, 16, 4 }.SelectMany(tokens => new[] { (0, tokens), (1, tokens) })));
        Assert.That(rows.Select(row => row.Entropy), Is.All.InRange(0, 1));
        Assert.That(rows.Select(row => row.Distance), Is.All.InRange(0, 32));
        Assert.That(File.Exists(Path.Combine(target, "one.png")) && File.Exists(Path.Combine(target, "one.svg")));
    }

    [Test]
    public void The_figure_of_two_runs_has_a_row_less_without_pictures()
    {
        int Height(params string[] options)
        {
            string target = _folder[$"figure{options.Length}"];
            CommandLine figure = CommandLine.Run(["reproduce", "figure4", "--lip", Run, "--gaussian", Run, "--ours", Run, "--out", target, "--device", "cpu", "--threads", "1", .. options]);
            Assert.That(figure.Code, Is.EqualTo(ExitCode.Done), figure.Error);
            Assert.That(Directory.GetFiles(target).Select(Path.GetFileName), Is.SupersetOf(new[] { "figure4-smoke.svg", "figure4-smoke-attention.csv", "figure4-smoke-deletion.csv" }));
            Assert.That(CsvFile.Read<DeletionRow>(Path.Combine(target, "figure4-smoke-deletion.csv")).Select(row => row.Method).Distinct(), Is.EqualTo(new[] { "LIP", "gaussian", "ours" }));
            using RgbImage drawn = ImageDecoder.Decode(Path.Combine(target, "figure4-smoke.png"));
            return drawn.Height;
        }
        // Of title, five or four rows, and colour bar.
        Assert.That((double)Height("--without-pictures") / Height(), Is.InRange(0.8, 0.85));
    }

    [Test]
    public void What_does_not_fit_is_told_in_a_line()
    {
        string target = _folder["none"];
        Assert.That((Cam().Code, Cam().Line), Is.EqualTo((ExitCode.Usage, "gpupool: no picture is given. Give at least one, or --list.")));
        Assert.That(Cam(Picture).Line, Is.EqualTo("gpupool: --out is missing. Give the folder of the drawings, or --list."));
        CommandLine layer = Cam(Picture, "--layer", "net.features.9", "--out", target);
        Assert.That(layer.Code, Is.EqualTo(ExitCode.Configuration));
        Assert.That(layer.Line, Does.Contain("has no layer 'net.features.9'"));
        CommandLine label = Cam(Picture, "--class", "10", "--out", target);
        Assert.That((label.Code, label.Line.Split('.')[0]), Is.EqualTo((ExitCode.Configuration, "gpupool: the run has no class '10'")));
        CommandLine weights = Cam(Picture, "--method", "pi", "--layer", "net.conv2", "--out", target);
        Assert.That((weights.Code, weights.Line), Is.EqualTo((ExitCode.Configuration,
            "gpupool: net.conv2 of mobilenet_v2-nlp_headfix2-1222121 has no weights pi(x). Take another --method, or a network of LIP or self-attentive pools.")));
        Assert.That(CommandLine.Run("lens", Run, Picture, "--row", "1.5", "--out", target).Line, Is.EqualTo("gpupool: --row '1.5' is more than 1. Give a share, for example --row 0.5."));
        Assert.That(target, Does.Not.Exist);
        string folder = Path.GetDirectoryName(Picture)!;
        Assert.That(Cam(Picture, "--out", folder).Line, Does.Contain("would be drawn over"));
        CommandLine other = Cam(Picture, "--class", "dots", "--out", target);
        Assert.That(other.Code, Is.EqualTo(ExitCode.Configuration));
    }

    private CommandLine Cam(params string[] arguments) => CommandLine.Run(["cam", Run, .. arguments, "--device", "cpu", "--threads", "1"]);
}
