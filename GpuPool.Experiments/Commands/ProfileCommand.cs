using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Report;
using GpuPool.Models;
using GpuPool.Models.Costs;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool profile</c>: parameters, multiply-adds by part, activation bytes by layer and peak bytes of one image in float32, by analysis.</summary>
internal static class ProfileCommand
{
    public static Command Create(Session session)
    {
        Argument<string> architecture = Options.Architecture();
        Option<int> size = Options.Number("--size", 224, 1, "Side of the square input in pixels.");
        Option<int> classes = Options.Number("--classes", 1000, 1, "Number of classes.");
        Option<double> width = Options.Width();
        Option<bool> json = Options.Json();
        var command = new Command("profile", "Counts what a network costs for one image; nothing is computed.") { architecture, size, classes, width, json };
        command.SetAction(parsed =>
        {
            Cost cost = Cost.Of(
                Architecture.Parse(parsed.GetRequiredValue(architecture)), new NetworkOptions(parsed.GetValue(classes), parsed.GetValue(width)), parsed.GetValue(size));
            if (parsed.GetValue(json))
                session.Output.WriteLine(JsonSerializer.Serialize(Summary(cost), Json.Line));
            else
                Print(session.Output, cost);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static object Summary(Cost cost) => new
    {
        Params = cost.Parameters,
        Macs = new
        {
            Conv = cost.MultiplyAddsOf(CostPart.Convolution),
            Linear = cost.MultiplyAddsOf(CostPart.Linear),
            Projection = cost.MultiplyAddsOf(CostPart.Projection),
            Attention = cost.MultiplyAddsOf(CostPart.Attention),
            Total = cost.MultiplyAdds,
        },
        cost.ActivationBytes,
        cost.PeakBytes,
        Layers = cost.Layers.Select(layer => new
        {
            layer.Name,
            Part = layer.Part.ToString().ToLowerInvariant(),
            Macs = layer.MultiplyAdds,
            Output = layer.Output.Extents.ToArray(),
            layer.OutputBytes,
            layer.WorkingBytes,
        }),
    };

    private static void Print(TextWriter output, Cost cost)
    {
        var table = new Table().AddColumns("layer", "part", "output");
        foreach (string name in new[] { "multiply-adds", "output bytes", "working bytes" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (LayerCost layer in cost.Layers)
            table.AddRow(
                Markup.Escape(layer.Name), layer.Part == CostPart.None ? "" : layer.Part.ToString().ToLowerInvariant(), layer.Output.ToString(),
                Count(layer.MultiplyAdds), Count(layer.OutputBytes), Count(layer.WorkingBytes));
        Terminal.Over(output).Write(table);
        output.WriteLine($"parameters     {Count(cost.Parameters)}");
        output.WriteLine($"multiply-adds  {Count(cost.MultiplyAdds)}: convolution {Count(cost.MultiplyAddsOf(CostPart.Convolution))}, linear {Count(cost.MultiplyAddsOf(CostPart.Linear))}, projection {Count(cost.MultiplyAddsOf(CostPart.Projection))}, attention {Count(cost.MultiplyAddsOf(CostPart.Attention))}");
        output.WriteLine($"activations    {Count(cost.ActivationBytes)} bytes, at most {Count(cost.PeakBytes)} in one layer");
    }

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
