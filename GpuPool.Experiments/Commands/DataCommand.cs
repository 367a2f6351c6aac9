using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool data</c>: looks after data sets.</summary>
internal static class DataCommand
{
    public static Command Create(Session session) => new("data", "Looks after data sets.")
    {
        Verify(session), BrowseDataCommand.Create(session), SynthDataCommand.Create(session), ShardDataCommand.Create(session), BenchDataCommand.Create(session),
    };

    /// <summary>The data set.</summary>
    public static Argument<string> Source() => new("SOURCE")
    {
        Description = "Images, as for --data of 'train': synthetic, stl10:DIR, folder:DIR, vww:DIR or shards:DIR; for detectors coco:DIR or voc:DIR.",
    };

    private static Command Verify(Session session)
    {
        Argument<string> source = Source();
        Option<DecoderChoice> decoder = Options.Decoder();
        Option<bool> json = Options.Json();
        var command = new Command(
            "verify",
            "Reads and decodes all of a data set and lists every fault; the exit code is 11 if there is one. Files that are no part of it are named, too.")
        { source, decoder, json };
        command.SetAction(parsed =>
        {
            Verification verification = Verification.Of(parsed.GetRequiredValue(source), message => session.Error.WriteLine($"gpupool: {message}"), parsed.GetValue(decoder));
            try
            {
                verification.Run(session.Interrupt);
            }
            catch (OperationCanceledException exception)
            {
                Print(session, verification, parsed.GetValue(json));
                throw new GpuPoolException(
                    ExitCode.Interrupted, string.Create(CultureInfo.InvariantCulture, $"interrupted after {verification.Pictures} pictures"),
                    "Give the same command again to check all of them.", exception);
            }
            Print(session, verification, parsed.GetValue(json));
            return (int)(verification.Faults.Count == 0 ? ExitCode.Done : ExitCode.DataCorrupt);
        });
        return command;
    }

    private static void Print(Session session, Verification verification, bool json)
    {
        if (json)
        {
            foreach (DataFault fault in verification.Faults.Concat(verification.LeftOut))
                session.Output.WriteLine(JsonSerializer.Serialize(fault, Json.Line));
            return;
        }
        DataFault[] found = [.. verification.Faults, .. verification.LeftOut];
        if (found.Length > 0)
        {
            Table table = new Table().AddColumns("file", "byte", "fault");
            foreach (DataFault fault in found)
                table.AddRow(Markup.Escape(fault.File), fault.Offset?.ToString(CultureInfo.InvariantCulture) ?? "", Markup.Escape(fault.What));
            Terminal.Over(session.Output).Write(table);
        }
        session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verification.Pictures} pictures, {verification.Faults.Count} faults"));
    }
}
