using System.CommandLine;
using System.Globalization;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Storage;
using SkiaSharp;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool data synth</c>: the generated pictures as files, to try readers and programs with.</summary>
internal static class SynthDataCommand
{
    private enum Format
    {
        Png,
        Jpeg,
    }

    public static Command Create(Session session)
    {
        var folder = new Argument<string>("DIR") { Description = "Where to; a new or empty folder." };
        Option<DataLayout> kind = Options.Choice(
            "--kind", DataLayout.Stl10, "How the files lie, as --data reads them; in 'vww' no_person and person are only names for two orders of discs; 'coco' has boxes.");
        Option<int> count = Options.Number("--count", 1000, SyntheticFiles.Fewest, "Training pictures; a fifth as many test pictures come with them.");
        Option<Format> format = Options.Choice("--format", Format.Png, "Of the files of 'folder', 'vww' and 'coco'.");
        var command = new Command("synth", "Writes the generated pictures as files of a data set.") { folder, kind, count, format };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(folder);
            DataLayout layout = parsed.GetValue(kind);
            int train = parsed.GetValue(count), most = SyntheticFiles.Most(layout);
            if (train > most)
                throw new GpuPoolException(ExitCode.Configuration, $"there are {most} pictures, fewer than {train}", $"Give --count {most} or less.");
            OutputFolder.CreateEmpty(path);
            var files = new SyntheticFiles(
                path, layout, parsed.GetValue(format) == Format.Png ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, session.Interrupt);
            try
            {
                files.Write(train);
            }
            catch (OperationCanceledException exception)
            {
                throw new GpuPoolException(
                    ExitCode.Interrupted, string.Create(CultureInfo.InvariantCulture, $"interrupted after {files.Count} pictures, {path} is not whole"),
                    "Remove it and give the same command again.", exception);
            }
            session.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{layout.ToString().ToLowerInvariant()}:{path}: {train} training and {files.Count - train} test pictures, all generated"));
            if (layout == DataLayout.Coco)
                session.Output.WriteLine($"a detector learns them with --classes {string.Join(',', SyntheticScenes.Open().Train.ClassNames)}");
            return (int)ExitCode.Done;
        });
        return command;
    }
}
