using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;
using GpuPool.Models.Safetensors;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool compare</c>: two runs side by side: what they were started with, their epochs, and how far their weights are apart, tensor by tensor.</summary>
internal static class CompareCommand
{
    public static Command Create(Session session)
    {
        var first = new Argument<string>("RUN") { Description = "Folder of a run." };
        var second = new Argument<string>("OTHER") { Description = "Folder of another." };
        var weights = new WeightsOption();
        Option<bool> json = Options.Json();
        var command = new Command("compare", "Shows where two runs differ: configuration, learning curves, weights by layer.") { first, second, json };
        weights.AddTo(command);
        command.SetAction(parsed =>
        {
            (RunFolder, SafetensorsFile) Open(Argument<string> run)
            {
                RunFolder folder = RunFolder.Read(parsed.GetRequiredValue(run));
                return (folder, SafetensorsFile.Read(weights.File(parsed, folder)));
            }
            var comparison = RunComparison.Of(Open(first), Open(second));
            if (parsed.GetValue(json))
                session.Output.WriteLine(JsonSerializer.Serialize(Everything(comparison), Json.Line));
            else
                Print(session.Output, comparison);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static object Everything(RunComparison comparison) => new
    {
        Configuration = comparison.Configuration.Select(value => new { value.Name, value.First, value.Second }),
        Epochs = comparison.Epochs.Select(epoch => new { epoch.First, epoch.Second }),
        comparison.Weights,
        comparison.OnlyFirst,
        comparison.OnlySecond,
    };

    private static void Print(TextWriter output, RunComparison comparison)
    {
        var configuration = new Table().AddColumns("configuration", "first", "second");
        foreach ((string name, string first, string second) in comparison.Configuration)
            configuration.AddRow(Markup.Escape(name), Markup.Escape(first), Markup.Escape(second));
        var epochs = new Table().AddColumns("epoch", "first: training", "test", "second: training", "test");
        for (int epoch = 0; epoch < comparison.Epochs.Count; epoch++)
        {
            (EpochRecord? first, EpochRecord? second) = comparison.Epochs[epoch];
            epochs.AddRow((epoch + 1).ToString(CultureInfo.InvariantCulture), $"{first?.Train}", $"{first?.Test}", $"{second?.Train}", $"{second?.Test}");
        }
        var weights = new Table().AddColumn("weights").AddColumn(new TableColumn("relative distance").RightAligned()).AddColumn(new TableColumn("cosine").RightAligned());
        foreach (TensorDistance tensor in comparison.Weights)
            weights.AddRow(Markup.Escape(tensor.Name), tensor.Relative.ToString("F4", CultureInfo.InvariantCulture), tensor.Cosine.ToString("F4", CultureInfo.InvariantCulture));
        foreach (Table table in new[] { configuration, epochs, weights }.Where(table => table.Rows.Count > 0))
            Terminal.Over(output).Write(table);
        if (comparison.Configuration.Count == 0)
            output.WriteLine("both were started with the same configuration");
        foreach ((string which, IReadOnlyList<string> names) in new[] { ("first", comparison.OnlyFirst), ("second", comparison.OnlySecond) })
        {
            foreach (string name in names)
                output.WriteLine($"only the {which} run has {name}, or has it in this shape");
        }
    }
}
