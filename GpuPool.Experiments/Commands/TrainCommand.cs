using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Distributed;
using GpuPool.Experiments.Events;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool train</c>: trains a network and keeps log, weights and state in a folder.</summary>
internal static class TrainCommand
{
    /// <summary>Its word.</summary>
    public const string Name = "train";

    private static readonly TrainingConfig Recipe = new() { Architecture = "" };

    public static Command Create(Session everybody)
    {
        Argument<string> architecture = Options.ArchitectureOrDetector();
        Option<string> data = Options.Data();
        var size = new SizeOptions(Recipe.Size);
        Option<IReadOnlyList<string>?> classes = Options.Classes("Classes that a detector learns. Default: the eight of street scenes of coco:DIR, all of other data.");
        Option<Preprocessing?> preprocessing = Options.Choice<Preprocessing>(
            "--preprocessing", "Crops and colours of stl10, imagenet or vww, see 'data browse --augment'. Default: vww for vww:DIR, else stl10.");
        Option<DecoderChoice> decoder = Options.Decoder();
        Option<bool> withoutAugmentation = new("--no-augmentation") { Description = "Prepare pictures in training as for a test, without anything random." };
        Option<int> epochs = Options.Number("--epochs", Recipe.Epochs, 1, "Epochs, each followed by a test.");
        Option<int?> passes = Options.Count("--passes", "Passes over the training images in an epoch, for small data sets that need no test after each. Default: 1.");
        Option<int> batch = Options.Number(
            "--batch", Recipe.Batch, 1, "Images a step. What is left of an epoch, fewer than that, is not trained on; the released code takes it as a smaller batch.");
        Option<double> width = Options.Width();
        Option<double> rate = Options.Number("--lr", Recipe.LearningRate, 0, "Learning rate at the start.");
        Option<Schedule> schedule = Options.Choice(
            "--schedule",
            Recipe.Schedule,
            "How the rate changes. steps divides it by 5 before the epochs int(0.6 N), int(0.8 N) and int(0.9 N) of N, tenths by 10 before int(0.45 N), int(0.7 N) and "
                + "int(0.9 N), as the released script; an epoch that two shares name divides once, so of 2 epochs both have a divided rate, and of 1 none has. "
                + "detectron divides by 10 after 2/3 and 11/12 of the epochs.");
        Option<int> warmUp = Options.Number("--warm-up", 0, 0, "Steps in which the rate rises in a straight line to that of the schedule; 0 for none.");
        Option<double> warmUpStart = Options.Share("--warm-up-start", DetectorRecipe.WarmUpStart, "Share of the schedule's rate that a warm-up starts from.");
        Option<double> decay = Options.Number("--weight-decay", Recipe.WeightDecay, 0, "Weight decay, of all parameters.");
        Option<double> clip = Options.Number("--clip", 0.0, 0, "Bound of the 2-norm of the gradient of all parameters together; 0 for none.");
        Option<int> accumulate = Options.Number("--accumulate", 1, 1, "Batches whose mean gradient makes a step: for batches that are too large for the memory. Batch norm sees each alone.");
        Option<double> ema = Options.Number("--ema", 0.0, 0, "Test and save a moving average of the weights, of which each step keeps this share, such as 0.999; 0 for the weights themselves.");
        Option<double> smoothing = Options.Number("--label-smoothing", 0.0, 0, "Share of each label that training spreads over all classes; for a network that classifies.");
        Option<bool> overfit = new("--overfit")
        {
            Description = "Learn the pictures of one step by heart, without anything random, and test on the same; exit code 1 where a network has not all of them right in the end.",
        };
        Option<bool> frozen = new("--frozen-batch-norm") { Description = "Keep statistics, gamma and beta of batch norm as they start." };
        Option<bool> synchronised = new("--sync-batchnorm") { Description = "With several processes (mpirun), take the statistics of batch norm over the batches of all of them." };
        Option<ulong> seed = Options.Number("--seed", Recipe.Seed, 0UL, "Seed of weights, order and augmentation.");
        Option<int?> limit = Options.Count(
            "--limit", "Use at most so many training images and so many test images, the same number of each class; for a detector the first ones.");
        Option<string?> tensorboard = new("--tensorboard") { Description = "Also write losses, scores, rates and a sheet of training pictures as events that TensorBoard shows.", HelpName = "DIR" };
        var run = new RunOptions("Folder of the run.");
        var device = new DeviceOptions();
        var command = new Command(
            Name, "Trains a network; log, weights and checkpoints go to the folder of the run. The defaults shown are those of classifiers; a detector has its released recipe.")
        {
            architecture, data, classes, preprocessing, decoder, withoutAugmentation, epochs, passes, batch, width, rate, schedule, warmUp, warmUpStart, decay, clip, accumulate, ema, smoothing,
            overfit, frozen, synchronised, seed, limit, tensorboard,
        };
        size.AddTo(command);
        run.AddTo(command);
        device.AddTo(command);
        command.SetAction(parsed => RankedWork.Run(everybody, (session, ranks) =>
        {
            TrainingConfig config = ranks.Together(() => Configure(parsed, ranks));
            // The folder is made last, so that a wrong option leaves nothing behind.
            Splits pictures = ranks.Together(config.Open, ("build", Revision.Build), ("configuration", () => JsonSerializer.Serialize(config, Json.Line)));
            ITask task = ranks.Together(() => config.Task(pictures, ranks), ("list of files", pictures.Fingerprint));
            using Device opened = ranks.Together(() => device.Open(session, parsed));
            using RunFolder? folder = ranks.Together(() => ranks.IsFirst ? run.Open(parsed, opened, config, task) : null);
            if (ranks.Any(folder?.IsFinished ?? false))
                session.Error.WriteLine($"gpupool: {run.Folder(parsed)} holds the finished run of this configuration; nothing is left to do");
            else
                Train(session, opened, config, task, folder, run.Training(parsed), ranks, parsed.GetValue(tensorboard));
            if (folder is null)
                return (int)ExitCode.Done;
            IReadOnlyList<EpochRecord> records = folder.ReadLog();
            session.Output.WriteLine(Summary(records, folder));
            if (config.Overfit && !DetectorArchitecture.IsDetector(config.Architecture) && !(records[^1].Test.Score == 1))
                throw new GpuPoolException(ExitCode.CheckFailed, "not all pictures are known by heart", "Give more --epochs or --passes, or another --lr.");
            return (int)ExitCode.Done;
        }));
        return command;

        TrainingConfig Configure(ParseResult parsed, Ranks ranks)
        {
            string text = parsed.GetRequiredValue(architecture);
            DetectorArchitecture? detector = DetectorArchitecture.IsDetector(text) ? DetectorArchitecture.Parse(text) : null;
            string label = detector?.ToString() ?? Architecture.Parse(text).ToString(), source = RunOptions.Source(label, parsed.GetValue(data)!);
            TrainingConfig recipe = detector is null ? Recipe with { Size = size.Side(parsed) } : size.Recipe(parsed, detector);
            if (parsed.GetResult(detector is null ? classes : preprocessing) is { Implicit: false } given)
                throw new GpuPoolException(ExitCode.Usage, $"{given.Option.Name} is not for {detector?.Family.Word ?? "a network that classifies"}", "Leave it out.");
            foreach (Option<double> share in new[] { ema, smoothing })
            {
                if (parsed.GetValue(share) >= 1)
                    throw new GpuPoolException(ExitCode.Usage, $"{share.Name} is a share, less than 1", $"Give one, for example {share.Name} {(share == ema ? "0.999" : "0.1")}.");
            }
            if (detector is not null && parsed.GetValue(smoothing) > 0)
                throw new GpuPoolException(ExitCode.Usage, $"{smoothing.Name} is not for {detector.Family.Word}", "Leave it out.");
            bool overfits = parsed.GetValue(overfit);
            int images = parsed.ValueOr(batch, recipe.Batch);
            int? most = parsed.GetValue(limit) ?? (overfits ? images * parsed.GetValue(accumulate) * ranks.Count : null);
            int warmUpSteps = parsed.ValueOr(warmUp, recipe.WarmUp?.Steps ?? 0);
            double bound = parsed.ValueOr(clip, recipe.Clip ?? 0);
            return recipe with
            {
                Architecture = label,
                Width = parsed.GetValue(width),
                Data = source,
                TrainLimit = most,
                TestLimit = most,
                Classes = parsed.GetValue(classes) is { } names ? string.Join(',', names) : null,
                Preprocessing = parsed.GetValue(preprocessing) ?? (detector is null ? DatasetSource.Parse(source).Preprocessing : recipe.Preprocessing),
                Decoder = parsed.GetValue(decoder),
                WithoutAugmentation = parsed.GetValue(withoutAugmentation) || overfits,
                Overfit = overfits,
                Epochs = parsed.ValueOr(epochs, recipe.Epochs),
                Passes = parsed.GetValue(passes) is { } count and > 1 ? count : null,
                Batch = images,
                Accumulate = parsed.GetValue(accumulate) is > 1 and var several ? several : null,
                AverageDecay = parsed.GetValue(ema) is > 0 and var kept ? kept : null,
                LabelSmoothing = parsed.GetValue(smoothing),
                LearningRate = parsed.ValueOr(rate, recipe.LearningRate),
                Schedule = parsed.ValueOr(schedule, recipe.Schedule),
                WarmUp = warmUpSteps == 0 ? null : new WarmUp(warmUpSteps, parsed.ValueOr(warmUpStart, recipe.WarmUp?.Start ?? DetectorRecipe.WarmUpStart)),
                WeightDecay = parsed.ValueOr(decay, recipe.WeightDecay),
                Clip = bound == 0 ? null : bound,
                FrozenBatchNorm = parsed.GetValue(frozen),
                SynchronisedBatchNorm = parsed.GetValue(synchronised),
                Seed = parsed.GetValue(seed),
            };
        }
    }

    private static void Train(
        Session session, Device device, TrainingConfig config, ITask task, RunFolder? folder, TrainingOptions options, Ranks ranks, string? events)
    {
        using EventFile? file = events is null || !ranks.IsFirst ? null : new EventFile(events);
        file?.Picture("train", 0, PictureSheet.Of(task.Train(1).First()));
        string many = ranks.Count == 1 ? "" : $"{ranks.Count} ranks, each ";
        session.Error.WriteLine(
            $"gpupool: training {config.Architecture} on {many}{device.Name} with {task.Data.TrainImages} images of {config.Data}, testing with {task.Data.TestImages}");
        LiveMonitor.Watch(
            session.Error, config.Architecture, monitor => new Trainer(
                device, config, task, folder, file is null ? monitor : new EventMonitor(monitor, file), options, ranks).Run(session.Interrupt));
    }

    private static string Summary(IReadOnlyList<EpochRecord> records, RunFolder folder) => records.Best(folder.Config) is { } best
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"best test {best.Test.ScoreName} {best.Test.Score:F4} (epoch {best.Epoch}), last {records[^1].Test.Score:F4}; weights in {folder.BestWeights}")
        : string.Create(
            CultureInfo.InvariantCulture, $"no epoch was finite, last test {records[^1].Test.ScoreName} {records[^1].Test.Score:F4}; weights in {folder.LastWeights}");
}
