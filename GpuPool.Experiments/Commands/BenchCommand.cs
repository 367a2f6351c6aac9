using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using GpuPool.Experiments.Benchmark;
using GpuPool.Experiments.Report;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool bench</c>: time and memory of a training step or a forward pass, as one line of JSON that other engines' benchmarks can be set beside.</summary>
internal static class BenchCommand
{
    // The number of threads of common comparisons on small machines.
    private const int DefaultThreads = 2;

    public static Command Create(Session session)
    {
        Argument<string> architecture = Options.Architecture();
        Option<int> size = Options.Number("--size", 128, 1, "Side of the square input in pixels.");
        Option<int> batch = Options.Number("--batch", 8, 1, "Images a step.");
        Option<double> width = Options.Width();
        Option<BenchmarkMode> mode = Options.Choice("--mode", BenchmarkMode.Train, "What is timed: a training step or a forward pass.");
        Option<int> steps = Options.Number("--steps", 10, 1, "Steps that are timed, after two that are not.");
        Option<bool> json = Options.Json();
        var device = new DeviceOptions(DefaultThreads);
        var command = new Command("bench", "Times a step on a fixed random batch and prints one line of JSON.") { architecture, size, batch, width, mode, steps, json };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            Architecture network = Architecture.Parse(parsed.GetRequiredValue(architecture));
            using Device opened = device.Open(parsed);
            BenchmarkResult result = StepBenchmark.Run(
                opened, network, parsed.GetValue(width), parsed.GetValue(size), parsed.GetValue(batch), parsed.GetValue(mode), parsed.GetValue(steps), session.Interrupt);
            using Process process = Process.GetCurrentProcess();
            session.Output.WriteLine(JsonSerializer.Serialize(new
            {
                Engine = "gpupool",
                Architecture = network.ToString(),
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
                Device = opened.Name,
                result.PeakBytes,
            }, Json.Line));
            return (int)ExitCode.Done;
        });
        return command;
    }
}
