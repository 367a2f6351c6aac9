using System.CommandLine;
using System.Globalization;
using GpuPool.Experiments.Attribution;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Report.Plots;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Attribution;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool cam</c>: where a trained network looks in pictures, layer by layer.</summary>
internal static class CamCommand
{
    private const string All = "all", True = "true", Predicted = "predicted";

    private const int Side = 192;

    public static Command Create(Session session)
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run of a network that classifies." };
        var images = new Argument<string[]>("IMAGE") { Description = "Pictures: JPEG, PNG, WebP, GIF or BMP.", Arity = ArgumentArity.ZeroOrMore };
        Option<MapMethod> method = Options.Choice(
            "--method", MapMethod.GradCam, "gradcam and gradcam++ ask the gradient of the class, scorecam masks the picture, pi shows the weights of pools directly.");
        Option<string> layer = new("--layer")
        {
            Description = "A layer by its name, see --list, or as the drawings have it; or all: every pool, or the last map where the network has none.",
            HelpName = "NAME",
            DefaultValueFactory = _ => All,
        };
        Option<string> chosen = new("--class")
        {
            Description = "Class to explain: predicted, true (the name of the picture's folder), or its number or name.",
            HelpName = "CLASS",
            DefaultValueFactory = _ => Predicted,
        };
        Option<string?> output = new("--out") { Description = "Folder of the drawings, a PNG and an SVG for each picture.", HelpName = "DIR" };
        Option<bool> list = new("--list") { Description = "List the layers, and draw nothing." };
        var weights = new WeightsOption();
        var device = new DeviceOptions();
        var command = new Command("cam", "Draws where a trained network looks: class activation maps of its pools.") { run, images, method, layer, chosen, output, list };
        weights.AddTo(command);
        device.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(list))
                return;
            if (result.GetValue(images) is not { Length: > 0 })
                result.AddError("no picture is given. Give at least one, or --list");
            else if (result.GetValue(output) is null)
                result.AddError("--out is missing. Give the folder of the drawings, or --list");
        });
        command.SetAction(parsed =>
        {
            using Device opened = device.Open(session, parsed);
            using TrainedNetwork trained = TrainedNetwork.Open(opened, parsed.GetRequiredValue(run), folder => weights.File(parsed, folder));
            if (parsed.GetValue(list))
            {
                foreach (MapLayer known in MapLayer.All(trained.Network))
                    session.Output.WriteLine($"{known.Name}: {(known.IsWeights ? "weights" : "map")} {known.MapShape(trained.Network, trained.InputShape)}");
                return (int)ExitCode.Done;
            }
            IReadOnlyList<MapLayer> layers = Layers(trained, parsed.GetValue(layer)!, parsed.GetValue(method));
            string target = parsed.GetValue(output)!;
            string[] files = parsed.GetValue(images)!;
            string[] drawings = [.. OutputNames.Of(files, ".png").Select(name => Path.Combine(target, name))];
            OutputNames.CheckKept(files, drawings);
            foreach ((string file, string drawing) in files.Zip(drawings))
            {
                session.Interrupt.ThrowIfCancellationRequested();
                using RgbImage image = ImageDecoder.Decode(file, trained.Config.Decoder);
                Explanation explanation = Explanation.Of(
                    opened, trained, trained.Input(image), layers, parsed.GetValue(method), logits => Label(trained, parsed.GetValue(chosen)!, file, logits));
                foreach (MapLayer blank in explanation.Blank)
                    session.Error.WriteLine($"gpupool: {file}: the map of {blank.Name} is blank: nothing in it speaks for {trained.ClassNames[explanation.Label]}");
                Figure figure = Draw(trained, image, explanation, Path.GetFileName(file), parsed.GetValue(method));
                OutputFolder.Create(target);
                AtomicFile.Write(drawing, stream => stream.Write(figure.Png()));
                AtomicFile.WriteText(Path.ChangeExtension(drawing, ".svg"), $"{figure.Svg()}\n");
                session.Output.WriteLine($"{file}: {Caption(trained, explanation)}, {layers.Count} {(layers.Count == 1 ? "layer" : "layers")}; {drawing}");
            }
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Figure Draw(TrainedNetwork trained, RgbImage image, Explanation explanation, string name, MapMethod method)
    {
        float[] colours = DisplayPicture.Colours(trained.Config, image, Side);
        RgbImage Over(Heatmap map) => method == MapMethod.Pi
            ? HeatColours.DirectOverlay(colours, map.Resized(Side, Side)) : HeatColours.Overlay(colours, map.Resized(Side, Side));
        List<(RgbImage, string)?> cells = [(HeatColours.Picture(colours, Side), name)];
        if (explanation.Maps.Count > 1)
            cells.Add((Over(explanation.Mean), $"mean of {explanation.Maps.Count} layers"));
        cells.AddRange(explanation.Maps.Select(entry => ((RgbImage, string)?)(Over(entry.Map), ShortName(entry.Layer) + (explanation.Blank.Contains(entry.Layer) ? ", blank" : ""))));
        return new PictureGrid(
            $"{Caption(trained, explanation)}: {method switch { MapMethod.GradCam => "Grad-CAM", MapMethod.GradCamPlusPlus => "Grad-CAM++", MapMethod.ScoreCam => "Score-CAM", _ => "weights of the pools" }}, "
                + trained.Config.Architecture,
            [.. cells.Chunk(4).Select(row => new PictureRow("", row))], "least", "most", Side).Draw();
    }

    private static string ShortName(MapLayer layer) => layer.Name.Replace("net.", "", StringComparison.Ordinal).Replace(".logit.pool_weight", "", StringComparison.Ordinal);

    private static string Caption(TrainedNetwork trained, Explanation explanation) =>
        string.Create(CultureInfo.InvariantCulture, $"{trained.ClassNames[explanation.Label]} {explanation.Score:F2}");

    private static IReadOnlyList<MapLayer> Layers(TrainedNetwork trained, string name, MapMethod method)
    {
        IReadOnlyList<MapLayer> known = MapLayer.All(trained.Network);
        IReadOnlyList<MapLayer> layers = name == All ? MapLayer.Defaults(trained.Network) : [.. known.Where(layer => layer.Name == name || ShortName(layer) == name)];
        if (layers.Count == 0)
            throw new GpuPoolException(ExitCode.Configuration, $"{trained.Config.Architecture} has no layer '{name}'", UsageError.Known("layers", [.. known.Select(layer => layer.Name)], name));
        if (method == MapMethod.Pi && layers.FirstOrDefault(layer => !layer.IsWeights) is { } map)
            throw new GpuPoolException(
                ExitCode.Configuration, $"{map.Name} of {trained.Config.Architecture} has no weights pi(x)", "Take another --method, or a network of LIP or self-attentive pools.");
        return layers;
    }

    private static int Label(TrainedNetwork trained, string chosen, string file, double[] logits)
    {
        if (chosen == Predicted)
            return LayerPass.Predicted(logits);
        string name = chosen == True ? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))) ?? "" : chosen;
        int label = trained.ClassNames.ToList().IndexOf(name);
        if (label < 0 && chosen != True && int.TryParse(chosen, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < trained.ClassNames.Count)
            label = number;
        return label >= 0 ? label : throw new GpuPoolException(
            ExitCode.Configuration,
            chosen == True ? $"the true class of {file} is not known: its folder '{name}' is none of the run's classes" : $"the run has no class '{chosen}'",
            $"The classes are {NameList.Of(trained.ClassNames)}.");
    }
}
