using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Benchmark;
using GpuPool.Experiments.Storage;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Commands;

/// <summary>
/// <c>gpupool bench</c>: time and memory of a training step or a forward pass, as one line of JSON that other engines' benchmarks can be set beside;
/// <c>--profile</c> shows the time by kind of op, <c>--suite</c> measures the paper's networks in turn with a peer.
/// </summary>
internal static class BenchCommand
{
    // The number of threads of common comparisons on small machines.
    private const int DefaultThreads = 2;

    public static Command Create(Session session)
    {
        Argument<string?> architecture = new("ARCHITECTURE") { Arity = ArgumentArity.ZeroOrOne, Description = Options.ArchitectureOrDetector().Description + " With --suite, a pattern such as resnet18*." };
        Option<int> size = Options.Number("--size", 128, 1, "Side of the square input in pixels.");
        Option<int?> columns = Options.Count("--columns", "Columns of a detector's input, by default as many as rows.");
        Option<int> batch = Options.Number("--batch", 8, 1, "Images a step.");
        Option<double> width = Options.Width();
        Option<BenchmarkMode> mode = Options.Choice("--mode", BenchmarkMode.Train, "What is timed: a training step, a forward pass in its folded form, or one without folding.");
        Option<int> steps = Options.Number("--steps", 10, 1, "Steps that are timed, after two that are not.");
        Option<bool> profile = new("--profile") { Description = "Print time, GFLOP/s and GB/s by kind of op in place of the line of JSON." };
        Option<bool> model = new("--model") { Description = "Run nothing, and print how long each kernel of a training step would take on an H100, as a table in Markdown." };
        Option<bool> suite = new("--suite") { Description = "Measure the paper's networks, each in a process of its own, and write bench-cpu.csv." };
        Option<string?> peer = new("--peer") { Description = "With --suite: a command that takes the same arguments and prints the same keys; it runs in turn with ours.", HelpName = "CMD" };
        Option<int> rounds = Options.Number("--rounds", 3, 1, "With --suite: runs of each network and each engine, in turn.");
        Option<string> folder = new("--out") { Description = "With --suite: folder of the CSV.", HelpName = "DIR", DefaultValueFactory = _ => "results" };
        Option<bool> json = Options.Json();
        var device = new DeviceOptions(DefaultThreads);
        var command = new Command("bench", "Times a step on a fixed random batch and prints one line of JSON.")
        {
            architecture, size, columns, batch, width, mode, steps, profile, model, suite, peer, rounds, folder, json,
        };
        device.AddTo(command);
        command.Validators.Add(result =>
        {
            if (!result.GetValue(suite) && result.GetValue(architecture) is null)
                result.AddError("bench needs an ARCHITECTURE, or --suite. Give one such as mobilenet_v2-skip-1222121");
        });
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(suite))
            {
                var networks = new BenchmarkSuite(
                    parsed.GetValue(peer), parsed.GetValue(size), parsed.GetValue(batch), device.Threads(parsed) ?? DefaultThreads, parsed.GetValue(steps),
                    parsed.GetValue(rounds), parsed.GetValue(architecture), session);
                RunSuite(session, networks, parsed.GetValue(folder)!);
                return (int)ExitCode.Done;
            }
            BenchmarkSubject subject = Subject(parsed.GetRequiredValue(architecture)!);
            if (parsed.GetValue(model))
            {
                GpuModel.Print(session.Output, subject);
                return (int)ExitCode.Done;
            }
            using Device opened = device.Open(session, parsed);
            OpProfile? times = parsed.GetValue(profile) ? new OpProfile() : null;
            BenchmarkResult result = StepBenchmark.Run(opened, subject, parsed.GetValue(mode), parsed.GetValue(steps), times, session.Interrupt);
            if (times is not null)
            {
                ProfilePrinter.Print(session.Output, times, parsed.GetValue(steps), Yardstick.Of(opened));
                return (int)ExitCode.Done;
            }
            using Process process = Process.GetCurrentProcess();
            session.Output.WriteLine(JsonSerializer.Serialize(new
            {
                Engine = "gpupool",
                Architecture = parsed.GetRequiredValue(architecture),
                Width = parsed.GetValue(width),
                Size = parsed.GetValue(size),
                Batch = parsed.GetValue(batch),
                Mode = parsed.GetValue(mode),
                Threads = device.Threads(parsed),
                Attention = "fused",
                Params = result.Parameters,
                MedianMs = Math.Round(result.MedianMilliseconds, 2),
                BestMs = Math.Round(result.BestMilliseconds, 2),
                PeakRssMb = Math.Round(process.PeakWorkingSet64 / 1e6),
                Loss = Math.Round(result.Loss, 4),
                // As the peers of detectors call what the last step came to.
                Last = Math.Round(result.Loss, 4),
                Device = opened.Name,
                result.PeakBytes,
            }, Json.Line));
            return (int)ExitCode.Done;

            BenchmarkSubject Subject(string label) => DetectorArchitecture.IsDetector(label)
                ? BenchmarkSubject.Detector(
                    DetectorArchitecture.Parse(label), parsed.GetValue(width), parsed.GetValue(size), parsed.GetValue(columns) ?? parsed.GetValue(size), parsed.GetValue(batch))
                : BenchmarkSubject.Classifier(Architecture.Parse(label), parsed.GetValue(width), parsed.GetValue(size), parsed.GetValue(batch));
        });
        return command;
    }

    private static void RunSuite(Session session, BenchmarkSuite suite, string folder)
    {
        OutputFolder.Create(folder);
        List<SuiteRow> rows = [];
        foreach (SuiteRow row in suite.Run())
        {
            rows.Add(row);
            session.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.Architecture} width {row.Width} {row.Mode} batch {row.Batch}: {(row.TimeRatio is { } time ? $"time {time:F2} ({row.TimeRatioLow:F2} to {row.TimeRatioHigh:F2}) and memory {row.MemoryRatio:F2} of the peer's" : $"{row.MedianMs:F1} ms, {row.PeakRssMb:F0} MB")}"));
            CsvFile.Write(Path.Combine(folder, "bench-cpu.csv"), rows);
        }
    }
}
