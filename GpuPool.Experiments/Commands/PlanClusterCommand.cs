using System.CommandLine;
using System.Text.Json;
using GpuPool.Experiments.Distributed;
using GpuPool.Experiments.Planning;
using GpuPool.Experiments.Report.Plots;
using GpuPool.Experiments.Storage;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool plan-cluster</c>: how fast a network would be trained on several ranks, of the step that was measured on one.</summary>
internal static class PlanClusterCommand
{
    private const double BytesOfGigabit = 1e9 / 8;

    private sealed record Row(string Link, int Ranks, double StepMs, double ExchangeMs, double ImagesPerSecond, double Efficiency);

    public static Command Create(Session everybody)
    {
        Argument<string> architecture = Options.Architecture();
        Option<double> step = Options.Number("--step", 0.0, 0, "Milliseconds of a training step of one rank, as 'bench' measures it.");
        (step.Required, step.DefaultValueFactory) = (true, null);
        Option<int> batch = Options.Number("--batch", 8, 1, "Images a step of a rank.");
        Option<double> width = Options.Width();
        Option<int> size = Options.Number("--size", 128, 1, "Side of the square input in pixels.");
        Option<int> classes = Options.Number("--classes", 10, 1, "Number of classes.");
        Option<double[]> bandwidths = Options.Numbers("--bandwidth", [1.0, 10, 100], 0.001, "Gigabits a second of a rank's link, each a line of its own.");
        Option<double> latency = Options.Number("--latency", 20.0, 0, "Microseconds of a message beside those of its bytes.");
        Option<int> most = Options.Number("--ranks", 64, 1, "Ranks, at most.");
        Option<string?> drawing = new("--out") { Description = "Also draw the shares of the ideal speed.", HelpName = "FILE.svg" };
        Option<bool> json = Options.Json();
        var command = new Command("plan-cluster", "Says how fast a network would be trained on several ranks; under mpirun it measures their link first.")
        {
            architecture, step, batch, width, size, classes, bandwidths, latency, most, drawing, json,
        };
        command.SetAction(parsed => RankedWork.Run(everybody, (session, ranks) =>
        {
            var label = Architecture.Parse(parsed.GetRequiredValue(architecture));
            long bytes = sizeof(float) * Cost.Of(label, new NetworkOptions(parsed.GetValue(classes), parsed.GetValue(width)), parsed.GetValue(size)).Parameters;
            List<(string Name, Interconnect Link)> links =
            [
                .. parsed.GetValue(bandwidths)!.Select(gigabits => (FormattableString.Invariant($"{gigabits} Gbit/s"), new Interconnect(gigabits * BytesOfGigabit, parsed.GetValue(latency) * 1e-6))),
            ];
            if (ranks.Count > 1)
            {
                using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
                Interconnect link = Interconnect.Measure(ranks, device, bytes);
                links.Insert(0, (FormattableString.Invariant($"measured on {ranks.Count} ranks: {link.BytesPerSecond / BytesOfGigabit:F1} Gbit/s, {link.LatencySeconds * 1e6:F0} us"), link));
            }
            int[] counts = [.. Enumerable.Range(0, 31).Select(power => 1 << power).TakeWhile(count => count < parsed.GetValue(most)), parsed.GetValue(most)];
            Row[] rows = [.. links.SelectMany(link => Rows(link.Name, link.Link))];
            Print(session, rows, bytes, parsed.GetValue(json));
            if (parsed.GetValue(drawing) is { } file && ranks.IsFirst)
            {
                Figure figure = ClusterPlot.Draw(
                    FormattableString.Invariant($"{label}: {bytes / 1e6:F1} MB of gradients, {parsed.GetValue(step)} ms a step of {parsed.GetValue(batch)} images"),
                    [.. rows.GroupBy(row => row.Link).Select(link => (link.Key, (IReadOnlyList<(int, double)>)[.. link.Select(row => (row.Ranks, row.Efficiency))]))]);
                AtomicFile.WriteText(OutputFile.Prepare(file), $"{figure.Svg()}\n");
            }
            return (int)ExitCode.Done;

            IEnumerable<Row> Rows(string name, Interconnect link)
            {
                var plan = new ClusterPlan(parsed.GetValue(step) / 1000, parsed.GetValue(batch), bytes, link.BytesPerSecond, link.LatencySeconds);
                return counts.Select(count => new Row(
                    name, count, 1000 * (plan.StepSeconds + plan.Exchange(count)), 1000 * plan.Exchange(count), plan.ImagesPerSecond(count), plan.Efficiency(count)));
            }
        }));
        return command;
    }

    private static void Print(Session session, Row[] rows, long gradientBytes, bool json)
    {
        if (json)
        {
            foreach (Row row in rows)
                session.Output.WriteLine(JsonSerializer.Serialize(row, Json.Line));
            return;
        }
        var table = new Table();
        foreach (string name in new[] { "link", "ranks", "step, ms", "exchange, ms", "images/s", "of ideal" })
            table.AddColumn(name == "link" ? new TableColumn(name) : new TableColumn(name).RightAligned());
        foreach (Row row in rows)
            table.AddRow(
                row.Link, Text($"{row.Ranks}"), Text($"{row.StepMs:F1}"), Text($"{row.ExchangeMs:F2}"), Text($"{row.ImagesPerSecond:F0}"), Text($"{100 * row.Efficiency:F1} %"));
        Terminal.Over(session.Output).Write(table);
        session.Output.WriteLine(Text($"{gradientBytes:N0} bytes of gradients; step + 2 (R - 1) (latency + bytes / (R bandwidth)), nothing overlapped"));
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
