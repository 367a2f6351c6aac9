using System.CommandLine;
using System.Globalization;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
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
        Option<DecoderChoice> decoder = Options.Decoder();
        Option<int> count = Options.Number("--count", 64, 1, "Pictures, drawn at random; all if there are fewer.");
        Option<Split> split = Options.Choice("--split", Split.Train, "Pictures to learn from or to be tested with.");
        Option<int> size = Options.Number("--size", 96, 8, "Rows and columns of each picture.");
        Option<bool> augment = new("--augment") { Description = "Show the random crops and flips of training; without it the middle, as in a test." };
        Option<ulong> seed = Options.Number("--seed", 0ul, 0ul, "Which pictures, crops and flips.");
        Option<bool> boxes = new("--boxes") { Description = "Show the objects for a detector in their boxes, as coco:DIR and voc:DIR always do." };
        Option<IReadOnlyList<string>?> classes = Options.Classes("Classes that have boxes. Default: all of the data set.");
        var command = new Command("browse", "Shows pictures of a data set with their classes on one sheet.")
        {
            source, decoder, output, count, split, size, augment, seed, boxes, classes,
        };
        command.SetAction(parsed =>
        {
            string text = parsed.GetRequiredValue(source);
            var options = new SheetOptions(parsed.GetValue(split), parsed.GetValue(count), parsed.GetValue(size), parsed.GetValue(augment), parsed.GetValue(seed), parsed.GetValue(decoder));
            bool hasBoxes = parsed.GetValue(boxes) || parsed.GetValue(classes) is not null || DetectionSource.IsNamed(text);
            (ContactSheet sheet, int shown, IPictures whole) = hasBoxes
                ? Boxes(session, DetectionSource.Parse(text), parsed.GetValue(classes), options) : Classes(session, DatasetSource.Parse(text), options);
            string file = parsed.GetRequiredValue(output);
            using (sheet)
            {
                AtomicFile.Write(OutputFile.Prepare(file), stream => stream.Write(sheet.Png()));
            }
            session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file}: {shown} of the {whole.Count} pictures of {whole.Name}"));
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static (ContactSheet Sheet, int Shown, IPictures Whole) Classes(Session session, DatasetSource source, SheetOptions options)
    {
        DatasetSplits splits = source.Open(decoder: options.Decoder);
        IDataset whole = options.Split == Split.Train ? splits.Train : splits.Test, shown = Subset.Drawn(whole, options.Count, options.Seed);
        ImageTransform transform = options.Augment ? source.Preprocessing.Training(options.Side, whole) : source.Preprocessing.Evaluation(options.Side);
        var pictures = new LabelledPictures(shown, transform with { Normalisation = Normalisation.None });
        return (Sheet(session, pictures, options, (batch, i) => (shown.ClassNames[batch.Labels[i]], [])), shown.Count, whole);
    }

    // Pictures that keep their shape are padded to squares.
    private static (ContactSheet Sheet, int Shown, IPictures Whole) Boxes(Session session, DetectionSource source, IReadOnlyList<string>? classes, SheetOptions options)
    {
        DetectionSplits splits = source.Open(classes, Reading.Strict with { Decoder = options.Decoder });
        IDetectionDataset whole = options.Split == Split.Train ? splits.Train : splits.Test, shown = DetectionSubset.Drawn(whole, options.Count, options.Seed);
        DetectionTransform transform = options.Augment
            ? DetectionTransform.Ssd(options.Side) with { Normalisation = Normalisation.None }
            : new DetectionTransform(new ProportionalResizing(options.Side, options.Side), Normalisation.None) { Divisor = options.Side };
        return (Sheet(session, new DetectionPictures(shown, transform), options, (batch, i) => (
            batch.Pictures[i].FileName, batch.Objects[i].Select(item => new DrawnBox(item.Box, item.Label, shown.ClassNames[item.Label])))), shown.Count, whole);
    }

    private static ContactSheet Sheet<TBatch>(
        Session session, IBatchSource<TBatch> pictures, SheetOptions options, Func<TBatch, int, (string Caption, IEnumerable<DrawnBox> Boxes)> describe) where TBatch : Batch
    {
        if (pictures.Count == 0)
            throw new GpuPoolException(ExitCode.Configuration, $"{pictures.Name} has no picture with objects of the classes", "Choose another --split, or other --classes.");
        var sheet = new ContactSheet(pictures.Count, options.Side);
        int length = 3 * options.Side * options.Side;
        foreach (TBatch batch in new BatchLoader<TBatch>(pictures, new BatchOptions(PicturesAtOnce, Training: false, options.Seed)).Epoch(0))
        {
            session.Interrupt.ThrowIfCancellationRequested();
            for (int i = 0; i < batch.Count; i++)
            {
                (string caption, IEnumerable<DrawnBox> boxes) = describe(batch, i);
                sheet.Add(batch.Images.AsSpan(i * length, length), caption, boxes);
            }
        }
        return sheet;
    }

    private sealed record SheetOptions(Split Split, int Count, int Side, bool Augment, ulong Seed, DecoderChoice Decoder);
}
