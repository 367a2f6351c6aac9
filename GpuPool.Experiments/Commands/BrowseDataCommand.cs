using System.CommandLine;
using System.Globalization;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool data browse</c>: pictures of a data set as a network gets them, on one sheet.</summary>
internal static class BrowseDataCommand
{
    private const int PicturesAtOnce = 16;

    private enum Split
    {
        Train,
        Test,
    }

    public static Command Create(Session session)
    {
        Argument<string> source = DataCommand.Source();
        Option<string> output = new("--out") { Description = "The sheet, a PNG file.", HelpName = "FILE", Required = true };
        Option<int> count = Options.Number("--count", 64, 1, "Pictures, drawn at random; all if there are fewer.");
        Option<Split> split = Options.Choice("--split", Split.Train, "Pictures to learn from or to be tested with.");
        Option<int> size = Options.Number("--size", 96, 8, "Rows and columns of each picture.");
        Option<bool> augment = new("--augment") { Description = "Show the random crops and flips of training; without it the middle, as in a test." };
        Option<ulong> seed = Options.Number("--seed", 0ul, 0ul, "Which pictures, crops and flips.");
        var command = new Command("browse", "Shows pictures of a data set with their classes on one sheet.") { source, output, count, split, size, augment, seed };
        command.SetAction(parsed =>
        {
            var parsedSource = DatasetSource.Parse(parsed.GetRequiredValue(source));
            DatasetSplits splits = parsedSource.Open();
            IDataset whole = parsed.GetValue(split) == Split.Train ? splits.Train : splits.Test;
            IDataset shown = Subset.Drawn(whole, parsed.GetValue(count), parsed.GetValue(seed));
            int side = parsed.GetValue(size);
            ImageTransform transform = parsed.GetValue(augment)
                ? parsedSource.Preprocessing.Training(side, whole) : parsedSource.Preprocessing.Evaluation(side);
            using var sheet = new ContactSheet(shown, shown.Count, side);
            var loader = new BatchLoader<LabelledBatch>(
                new LabelledPictures(shown, transform with { Normalisation = Normalisation.None }), new BatchOptions(PicturesAtOnce, Training: false, parsed.GetValue(seed)));
            foreach (LabelledBatch batch in loader.Epoch(0))
            {
                session.Interrupt.ThrowIfCancellationRequested();
                sheet.Add(batch);
            }
            string file = parsed.GetRequiredValue(output);
            OutputFolder.CreateFor(file);
            AtomicFile.Write(file, stream => stream.Write(sheet.Png()));
            session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file}: {shown.Count} of the {whole.Count} pictures of {whole.Name}"));
            return (int)ExitCode.Done;
        });
        return command;
    }
}
