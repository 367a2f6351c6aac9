using System.CommandLine;
using System.Globalization;
using System.IO.Enumeration;
using System.Text.Json;
using GpuPool.Experiments.Benchmark;
using GpuPool.Experiments.Storage;
using GpuPool.Kernels;
using GpuPool.Models.Pooling;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool bench-pooling</c>: what each pooling method costs on one map, without a network around it; the table in <c>docs/pooling.md</c>.</summary>
internal static class BenchPoolingCommand
{
    // Those of `bench`.
    private const int DefaultThreads = 2;

    public static Command Create(Session session)
    {
        Option<int> size = Options.Number("--size", 64, 2, "Rows and columns of the map.");
        Option<int> channels = Options.Number("--channels", 32, 1, "Channels of the map.");
        Option<int> batch = Options.Number("--batch", 2, 2, "Maps at a time, two at least: some methods normalise over them.");
        Option<int> stride = Options.Number("--stride", 2, 2, "Factor by which the map shrinks.");
        Option<int> steps = Options.Number("--steps", 20, 1, "Passes that are timed, after three that are not.");
        Option<string> methods = new("--methods") { Description = "Pattern of the methods' words, for example nlp*.", HelpName = "GLOB", DefaultValueFactory = _ => "*" };
        Option<bool> json = Options.Json();
        var device = new DeviceOptions(DefaultThreads);
        var command = new Command("bench-pooling", "Times every pooling method on one random map.") { size, channels, batch, stride, steps, methods, json };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            var map = new Shape(parsed.GetValue(batch), parsed.GetValue(size), parsed.GetValue(size), parsed.GetValue(channels));
            using Device opened = device.Open(session, parsed);
            var measurements = new List<PoolingMeasurement>();
            foreach (PoolingMethod method in PoolingMethod.All.Where(method => method.Head is not null || !method.IsStrided))
            {
                if (!FileSystemName.MatchesSimpleExpression(parsed.GetValue(methods), method.Word))
                    continue;
                measurements.Add(PoolingBenchmark.Run(opened, method, map, parsed.GetValue(stride), parsed.GetValue(steps), session.Interrupt));
                if (parsed.GetValue(json))
                    session.Output.WriteLine(JsonSerializer.Serialize(measurements[^1], Json.Line));
            }
            if (measurements.Count == 0)
                throw new GpuPoolException(ExitCode.Usage, $"no pooling method matches '{parsed.GetValue(methods)}'", "Give a pattern of words such as nlp*.");
            if (!parsed.GetValue(json))
                Print(session.Output, measurements);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static void Print(TextWriter output, List<PoolingMeasurement> measurements)
    {
        var table = new Table().Border(TableBorder.Markdown).AddColumn("method");
        foreach (string name in new[] { "parameters", "multiply-adds", "peak bytes", "forward, ms", "forward and backward, ms" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (PoolingMeasurement measured in measurements)
            table.AddRow(measured.Method, Count(measured.Parameters), Count(measured.MultiplyAdds), Count(measured.PeakBytes),
                Time(measured.ForwardMilliseconds), Time(measured.TrainingMilliseconds));
        Terminal.Over(output).Write(table);
    }

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(double milliseconds) => milliseconds.ToString("F2", CultureInfo.InvariantCulture);
}
