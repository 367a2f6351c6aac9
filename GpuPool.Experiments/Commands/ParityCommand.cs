using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using GpuPool.Experiments.Parity;
using GpuPool.Experiments.Storage;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool parity</c>: replays tensors recorded from the released code, and fails where a number differs by more than its tolerance.</summary>
internal static class ParityCommand
{
    private static readonly JsonSerializerOptions Line = new(Json.Line) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static Command Create(Session session)
    {
        var files = new Argument<string[]>("FILE") { Description = "Recorded tensors (safetensors).", Arity = ArgumentArity.OneOrMore };
        Option<bool> json = Options.Json();
        var device = new DeviceOptions();
        var command = new Command("parity", "Replays recorded tensors and compares; the exit code is 1 past the tolerance.") { files, json };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            using Device opened = device.Open(parsed);
            bool passed = true;
            foreach (string file in parsed.GetRequiredValue(files))
            {
                session.Interrupt.ThrowIfCancellationRequested();
                ParityResult result = ParityResult.Of(opened, file);
                session.Output.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(result, Line) : result.ToString());
                passed &= result.Passed;
            }
            return (int)(passed ? ExitCode.Done : ExitCode.CheckFailed);
        });
        return command;
    }
}
