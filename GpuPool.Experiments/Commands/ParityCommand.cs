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
        var files = new Argument<string[]>("FILE") { Description = "Recordings (safetensors), or folders of them.", Arity = ArgumentArity.OneOrMore };
        Option<bool> json = Options.Json();
        var device = new DeviceOptions();
        var command = new Command("parity", "Replays recorded tensors and compares; the exit code is 1 past the tolerance.") { files, json };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            using Device opened = device.Open(session, parsed);
            bool passed = true;
            foreach (string file in Recordings(parsed.GetRequiredValue(files)))
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

    // A pattern of the shell names folders beside the files in them, and what describes the recordings.
    private static string[] Recordings(IEnumerable<string> paths)
    {
        string[] files = [.. paths.SelectMany(IEnumerable<string> (path) => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [path])
            .Where(file => Path.GetExtension(file) != ".md").DistinctBy(Path.GetFullPath)];
        return files.Length > 0 ? files : throw new GpuPoolException(ExitCode.DataMissing, "no recording is among the files named", "Name files of tensors (safetensors), or a folder of them.");
    }
}
