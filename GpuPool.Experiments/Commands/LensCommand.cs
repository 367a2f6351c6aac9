using System.CommandLine;
using GpuPool.Experiments.Attribution;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Report.Plots;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool lens</c>: what self-attentive pools see: their weights, where a token looks, and how far each head looks.</summary>
internal static class LensCommand
{
    private const string CsvName = "attention.csv";

    public static Command Create(Session session)
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run of a network with self-attentive pools." };
        var images = new Argument<string[]>("IMAGE") { Description = "Pictures: JPEG, PNG, WebP, GIF or BMP.", Arity = ArgumentArity.OneOrMore };
        Option<double> row = Options.Share("--row", 0.5, "Place of the token: share of the height, 0 to 1.");
        Option<double> column = Options.Share("--column", 0.5, "Place of the token: share of the width, 0 to 1.");
        Option<string> output = new("--out") { Description = $"Folder of {CsvName} and of the drawings, a PNG and an SVG for each picture.", Required = true, HelpName = "DIR" };
        var weights = new WeightsOption();
        var device = new DeviceOptions();
        var command = new Command("lens", "Draws the attention of self-attentive pools, and measures how local it is.") { run, images, row, column, output };
        weights.AddTo(command);
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            using Device opened = device.Open(session, parsed);
            using TrainedNetwork trained = TrainedNetwork.Open(opened, parsed.GetRequiredValue(run), folder => weights.File(parsed, folder));
            string[] files = parsed.GetRequiredValue(images);
            string target = parsed.GetRequiredValue(output);
            string[] drawings = [.. OutputNames.Of(files, ".png").Select(name => Path.Combine(target, name))];
            OutputNames.CheckKept(files, drawings);
            List<float[]> inputs = [];
            foreach ((string file, string drawing) in files.Zip(drawings))
            {
                session.Interrupt.ThrowIfCancellationRequested();
                using RgbImage image = ImageDecoder.Decode(file, trained.Config.Decoder);
                Figure figure = AttentionFigure.Draw(opened, trained, image, parsed.GetValue(row), parsed.GetValue(column)) ?? throw new GpuPoolException(
                    ExitCode.Configuration, $"{trained.Config.Architecture} has no self-attentive pool", "Give a run of 'nlp' or one of its kin.");
                OutputFolder.Create(target);
                Figure4Files.Save(Path.ChangeExtension(drawing, null), figure);
                inputs.Add(trained.Input(image));
            }
            IReadOnlyList<AttentionRow> rows = AttentionRow.Of(opened, trained, inputs);
            CsvFile.Write(Path.Combine(target, CsvName), rows);
            foreach (AttentionRow head in rows)
                session.Output.WriteLine(FormattableString.Invariant(
                    $"{head.Layer}, head {head.Head}: entropy {head.Entropy:F3} of {head.Tokens} equal tokens, {head.Distance:F1} pixels away on average, {head.UniformDistance:F1} where all count alike"));
            return (int)ExitCode.Done;
        });
        return command;
    }
}
