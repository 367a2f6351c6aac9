using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Benchmark;

/// <summary>One network of the suite.</summary>
/// <param name="Architecture">Its label.</param>
/// <param name="Width">Its width multiplier.</param>
/// <param name="PeerArchitecture">What a peer command calls it.</param>
internal sealed record SuiteNetwork(string Architecture, double Width, string PeerArchitecture);

/// <summary>A row of the suite's CSV: medians over rounds, and the medians of the ratios taken round by round.</summary>
internal sealed record SuiteRow(
    string Architecture, double Width, string Mode, int Size, int Batch, int Threads, int Steps, int Rounds, double MedianMs, double PeakRssMb,
    string? PeerEngine, double? PeerMedianMs, double? PeerPeakRssMb, double? TimeRatio, double? TimeRatioLow, double? TimeRatioHigh, double? MemoryRatio, string Revision);

/// <summary>
/// Times the networks of the paper in training and evaluation, and evaluation of one image at a time, each in a process of its own, in turn with a peer's command that prints the
/// same line of JSON.
/// Machines are shared and noisy: only the ratios of neighbouring runs mean anything.
/// </summary>
internal sealed class BenchmarkSuite(string? peer, int size, int batch, int threads, int steps, int rounds, string? pattern, Session session)
{
    // The peer's label has two heads in every stage without saying so, and a shorter word for Gaussian pooling.
    private static readonly SuiteNetwork[] Networks =
    [
        new("mobilenet_v2-skip-1222121", 1.0, "mobilenet_v2-skip-1222121"),
        new("mobilenet_v2-skip-1222121", 0.35, "mobilenet_v2-skip-1222121"),
        new("mobilenet_v2-lip-1222121", 1.0, "mobilenet_v2-lip-1222121"),
        new("mobilenet_v2-gaussian_pool-1222121", 1.0, "mobilenet_v2-gaussian-1222121"),
        new("mobilenet_v2-nlp_headfix2-1222121", 1.0, "mobilenet_v2-nlp-1222121"),
        new("resnet18-skip-1222", 1.0, "resnet18-skip-1222"),
        new("resnet18-nlp_headfix2-1222", 1.0, "resnet18-nlp-1222"),
    ];

    /// <summary>Runs the suite; each row is handed out when it is done.</summary>
    public IEnumerable<SuiteRow> Run() =>
        from network in Networks
        where pattern is null || System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, network.Architecture)
        from run in Runs
        select Row(network, run);

    // A step of one image is short: as many images are timed as in the other rows.
    private IEnumerable<SuiteRun> Runs => new SuiteRun[] { new("train", batch, steps), new("eval", batch, steps), new("eval", 1, steps * batch) }.Distinct();

    private SuiteRow Row(SuiteNetwork network, SuiteRun run)
    {
        List<JsonElement> ours = [], theirs = [];
        for (int round = 0; round < rounds; round++)
        {
            ours.Add(Call(OwnProgram.Command[0], [.. OwnProgram.Command.Skip(1), "bench", network.Architecture, .. Arguments(network, run)]));
            if (peer?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string command, .. string[] first])
                theirs.Add(Call(command, [.. first, network.PeerArchitecture, .. Arguments(network, run)]));
        }
        double[] times = Ratios(ours, theirs, "median_ms");
        return new SuiteRow(
            network.Architecture, network.Width, run.Mode, size, run.Batch, threads, run.Steps, rounds, Median(ours, "median_ms"), Median(ours, "peak_rss_mb"),
            theirs.Count == 0 ? null : string.Join(" or ", theirs.Select(line => line.GetProperty("engine").GetString()).Distinct()),
            theirs.Count == 0 ? null : Median(theirs, "median_ms"),
            theirs.Count == 0 ? null : Median(theirs, "peak_rss_mb"),
            theirs.Count == 0 ? null : times[times.Length / 2],
            theirs.Count == 0 ? null : times[0],
            theirs.Count == 0 ? null : times[^1],
            theirs.Count == 0 ? null : Ratios(ours, theirs, "peak_rss_mb")[rounds / 2],
            Revision.Current);
    }

    private string[] Arguments(SuiteNetwork network, SuiteRun run) =>
    [
        "--width", Text(network.Width), "--size", Text(size), "--batch", Text(run.Batch), "--threads", Text(threads), "--steps", Text(run.Steps), "--mode", run.Mode,
    ];

    private JsonElement Call(string command, string[] arguments)
    {
        session.Interrupt.ThrowIfCancellationRequested();
        try
        {
            var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            // An interrupt of the terminal ends the other process, too, before it has printed anything.
            session.Interrupt.ThrowIfCancellationRequested();
            string line = output.Split('\n').LastOrDefault(text => text.StartsWith('{')) ?? "";
            JsonElement result = JsonSerializer.Deserialize<JsonElement>(line);
            _ = (result.GetProperty("engine").GetString(), result.GetProperty("median_ms").GetDouble(), result.GetProperty("peak_rss_mb").GetDouble());
            return result;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or Win32Exception)
        {
            throw new GpuPoolException(
                ExitCode.Configuration, $"'{command} {string.Join(' ', arguments)}' did not print a line of JSON with engine, median_ms and peak_rss_mb",
                "Run it alone to see why.", exception);
        }
    }

    private static double Median(List<JsonElement> runs, string key) => runs.Select(run => run.GetProperty(key).GetDouble()).Order().ElementAt(runs.Count / 2);

    private static double[] Ratios(List<JsonElement> ours, List<JsonElement> theirs, string key) =>
        [.. ours.Zip(theirs, (a, b) => Math.Round(a.GetProperty(key).GetDouble() / b.GetProperty(key).GetDouble(), 3)).Order()];

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private readonly record struct SuiteRun(string Mode, int Batch, int Steps);
}
