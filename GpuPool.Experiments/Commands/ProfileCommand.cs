using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Detection;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool profile</c>: parameters, multiply-adds by part, activation bytes by layer and most bytes live at one time, of one image, by analysis.</summary>
internal static class ProfileCommand
{
    private const int DefaultSize = 224, DetectorClasses = 8;

    public static Command Create(Session session)
    {
        Argument<string> architecture = Options.ArchitectureOrDetector();
        Option<int> size = Options.Number("--size", DefaultSize, 1, "Side of the square input in pixels; by default the largest input of a detector's recipe.");
        Option<int?> columns = Options.Count("--columns", "Columns of a detector's input, by default as many as rows.");
        Option<int> classes = Options.Number("--classes", 1000, 1, "Number of classes; 8 for a detector by default.");
        Option<double> width = Options.Width();
        Option<ElementType> type = Options.Choice("--dtype", ElementType.Float32, "Element type of the maps whose bytes are counted.");
        Option<bool> json = Options.Json();
        var command = new Command("profile", "Counts what a network costs for one image; nothing is computed.") { architecture, size, columns, classes, width, type, json };
        command.SetAction(parsed =>
        {
            string label = parsed.GetRequiredValue(architecture);
            int bytes = (int)parsed.GetValue(type);
            Cost cost;
            if (DetectorArchitecture.IsDetector(label))
            {
                var detector = DetectorArchitecture.Parse(label);
                int rows = parsed.GetValue(size);
                Shape picture = parsed.GetResult(size) is { Implicit: false }
                    ? new Shape(1, rows, parsed.GetValue(columns) ?? rows, Network.ImageChannels)
                    : DetectorRecipe.Transform(DetectorRecipe.Of(detector.Family.Word) with { Architecture = label }).Largest;
                cost = Cost.Of(detector.Create(new NetworkOptions(parsed.ValueOr(classes, DetectorClasses), parsed.GetValue(width))), picture, bytes);
            }
            else
                cost = Cost.Of(Architecture.Parse(label), new NetworkOptions(parsed.GetValue(classes), parsed.GetValue(width)), parsed.GetValue(size), bytes);
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
        cost.LayerPeakBytes,
        Peak = new { Layer = cost.PeakLayer.Name, Live = cost.PeakLayer.Live.Select(map => new { map.Name, Shape = map.Shape.Extents.ToArray(), map.Bytes }) },
        Layers = cost.Layers.Select(layer => new
        {
            layer.Name,
            Part = layer.Part.ToString().ToLowerInvariant(),
            Macs = layer.MultiplyAdds,
            Output = layer.Output.Extents.ToArray(),
            layer.OutputBytes,
            layer.WorkingBytes,
            layer.LiveBytes,
        }),
    };

    private static void Print(TextWriter output, Cost cost)
    {
        var table = new Table().AddColumns("layer", "part", "output");
        foreach (string name in new[] { "multiply-adds", "output bytes", "working bytes", "live bytes" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (LayerCost layer in cost.Layers)
            table.AddRow(
                Markup.Escape(layer.Name), layer.Part == CostPart.None ? "" : layer.Part.ToString().ToLowerInvariant(), layer.Output.ToString(),
                Count(layer.MultiplyAdds), Count(layer.OutputBytes), Count(layer.WorkingBytes), Count(layer.LiveBytes));
        Terminal.Over(output).Write(table);
        output.WriteLine($"parameters     {Count(cost.Parameters)}");
        output.WriteLine($"multiply-adds  {Count(cost.MultiplyAdds)}: convolution {Count(cost.MultiplyAddsOf(CostPart.Convolution))}, linear {Count(cost.MultiplyAddsOf(CostPart.Linear))}, projection {Count(cost.MultiplyAddsOf(CostPart.Projection))}, attention {Count(cost.MultiplyAddsOf(CostPart.Attention))}");
        output.WriteLine($"activations    {Count(cost.ActivationBytes)} bytes in all, at most {Count(cost.LayerPeakBytes)} read and written by one layer");
        output.WriteLine($"peak           {Count(cost.PeakBytes)} bytes live while {cost.PeakLayer.Name} runs: {string.Join(", ", cost.PeakLayer.Live.Select(Describe))}");
    }

    private static string Describe(LiveMap map) => $"{map.Name} {map.Shape} {Count(map.Bytes)}";

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
