using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Coco;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool detect</c>: what a trained detector finds in pictures, drawn over them and as a file of detections in COCO's form.</summary>
internal static class DetectCommand
{
    private const double LeastDrawn = 0.3;

    private const string FileName = "detections.json";

    public static Command Create(Session session)
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run of a detector." };
        var images = new Argument<string[]>("IMAGE") { Description = "Pictures: JPEG, PNG, WebP, GIF or BMP.", Arity = ArgumentArity.OneOrMore };
        Option<string> output = new("--out") { Description = $"Folder of the drawn pictures and of {FileName}.", Required = true, HelpName = "DIR" };
        Option<double> score = Options.Share("--score", LeastDrawn, $"Draw objects with at least this score; {FileName} has all.");
        Option<string?> annotations = new("--annotations")
        {
            Description = "A file in COCO's form from which pictures, by their names, and classes get their numbers. Without it: the number that is a picture's name, "
                + "or its place if one has no such name, and classes from 1.",
            HelpName = "FILE",
        };
        var weights = new WeightsOption();
        Option<bool> json = Options.Json();
        var device = new DeviceOptions();
        var command = new Command("detect", "Finds objects in pictures with a trained detector.") { run, images, output, score, annotations, json };
        weights.AddTo(command);
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            RunFolder folder = RunFolder.Read(parsed.GetRequiredValue(run));
            TrainingConfig config = folder.Config;
            if (!DetectorArchitecture.IsDetector(config.Architecture))
                throw new GpuPoolException(
                    ExitCode.Configuration, $"{parsed.GetValue(run)} holds a run of {config.Architecture}, which finds no boxes", "Give the run of a detector.");
            IReadOnlyList<string> classes = folder.ReadClassNames();
            string[] files = parsed.GetRequiredValue(images);
            string target = parsed.GetRequiredValue(output);
            string[] drawnFiles = [.. OutputNames.Of(files, ".png").Select(name => Path.Combine(target, name))];
            OutputNames.CheckKept(files, drawnFiles);
            DetectionNumbers numbers = parsed.GetValue(annotations) is { } path
                ? DetectionNumbers.Of(CocoReader.Read(path, Reading.Strict), path, files, classes)
                : DetectionNumbers.Of(files, classes);
            string file = weights.File(parsed, folder);
            using Device opened = device.Open(session, parsed);
            using Detector detector = DetectorArchitecture.Parse(config.Architecture).Create(opened, new NetworkOptions(classes.Count, config.Width, config.Seed));
            Weights.Load(detector, file);
            using IDisposable folded = detector.Fold();
            OutputFolder.Create(target);
            // Those of another call would stand beside these pictures where one of them cannot be read.
            File.Delete(Path.Combine(target, FileName));
            List<object> found = [];
            for (int index = 0; index < files.Length; index++)
            {
                session.Interrupt.ThrowIfCancellationRequested();
                using RgbImage image = ImageDecoder.Decode(files[index], config.Decoder);
                IReadOnlyList<DetectedBox> boxes = Detection.Find(opened, detector, DetectorRecipe.Transform(config).Evaluation, image, files[index]);
                DetectedBox[] drawn = [.. boxes.Where(box => box.Score >= parsed.GetValue(score))];
                string picture = drawnFiles[index];
                AtomicFile.Write(picture, stream => stream.Write(BoxDrawing.Png(image, drawn.Reverse().Select(box => new DrawnBox(box.Box, box.Label, Caption(box))))));
                found.AddRange(boxes.Select(box => Entry(numbers, index, Path.GetFileName(files[index]), classes, box)));
                if (!parsed.GetValue(json))
                    session.Output.WriteLine($"{files[index]}: {(drawn.Length == 0 ? "nothing" : string.Join(", ", drawn.Select(Caption)))}; drawn in {picture}");
            }
            string results = JsonSerializer.Serialize(found, Json.Line);
            AtomicFile.WriteText(Path.Combine(target, FileName), results + "\n");
            if (parsed.GetValue(json))
                session.Output.WriteLine(results);
            return (int)ExitCode.Done;

            string Caption(DetectedBox box) => string.Create(CultureInfo.InvariantCulture, $"{classes[box.Label]} {box.Score:F2}");
        });
        return command;
    }

    private static object Entry(DetectionNumbers numbers, int picture, string fileName, IReadOnlyList<string> classes, DetectedBox box) => new
    {
        ImageId = numbers.Pictures[picture],
        CategoryId = numbers.Classes[box.Label],
        Bbox = new[] { box.Box.X1, box.Box.Y1, box.Box.Width, box.Box.Height },
        box.Score,
        FileName = fileName,
        Category = classes[box.Label],
    };
}
