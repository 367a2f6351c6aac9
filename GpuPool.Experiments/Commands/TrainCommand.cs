using System.CommandLine;
using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool train</c>: trains a network and keeps log, weights and state in a folder.</summary>
internal static class TrainCommand
{
    private static readonly TrainingConfig Recipe = new() { Architecture = "" };

    public static Command Create(Session session)
    {
        Argument<string> architecture = Options.Architecture();
        Option<string> data = Options.Data();
        Option<int> size = Options.Number("--size", Recipe.Size, 1, "Side of the square input in pixels.");
        Option<Preprocessing?> preprocessing = Options.Choice<Preprocessing>(
            "--preprocessing", "Crops and colours of stl10, imagenet or vww, see 'data browse --augment'. Default: vww for vww:DIR, else stl10.");
        Option<int> epochs = Options.Number("--epochs", Recipe.Epochs, 1, "Passes over the training images.");
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
        Option<ulong> seed = Options.Number("--seed", Recipe.Seed, 0UL, "Seed of weights, order and augmentation.");
        Option<int?> limit = Options.Count("--limit", "Use at most so many training images and so many test images, the same number of each class.");
        var run = new RunOptions("Folder of the run.");
        var device = new DeviceOptions();
        var command = new Command("train", "Trains a network; log, weights and checkpoints go to the folder of the run.")
        {
            architecture, data, size, preprocessing, epochs, batch, width, rate, schedule, seed, limit,
        };
        run.AddTo(command);
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            var config = new TrainingConfig
            {
                Architecture = Architecture.Parse(parsed.GetRequiredValue(architecture)).ToString(),
                Width = parsed.GetValue(width),
                Data = DatasetSource.Parse(parsed.GetValue(data)!).ToString(),
                TrainLimit = parsed.GetValue(limit),
                TestLimit = parsed.GetValue(limit),
                Size = parsed.GetValue(size),
                Preprocessing = parsed.GetValue(preprocessing) ?? DatasetSource.Parse(parsed.GetValue(data)!).Preprocessing,
                Epochs = parsed.GetValue(epochs),
                Batch = parsed.GetValue(batch),
                LearningRate = parsed.GetValue(rate),
                Schedule = parsed.GetValue(schedule),
                Seed = parsed.GetValue(seed),
            };
            // The folder is made last, so that a wrong option leaves nothing behind.
            ITask task = config.Task();
            using Device opened = device.Open(parsed);
            using RunFolder folder = run.Open(parsed, config, task);
            if (folder.IsFinished)
                session.Error.WriteLine($"gpupool: {run.Folder(parsed)} holds the finished run of this configuration; nothing is left to do");
            session.Output.WriteLine(Summary(folder.IsFinished ? folder.ReadLog() : Train(session, opened, task, folder, run.Training(parsed)), folder));
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static IReadOnlyList<EpochRecord> Train(
        Session session, Device device, ITask task, RunFolder folder, TrainingOptions options)
    {
        TrainingConfig config = folder.Config;
        session.Error.WriteLine(
            $"gpupool: training {config.Architecture} on {device.Name} with {task.Data.TrainImages} images of {config.Data}, testing with {task.Data.TestImages}");
        return LiveMonitor.Watch(
            session.Error, config.Architecture, monitor => new Trainer(device, config, task, folder, monitor, options).Run(session.Interrupt));
    }

    private static string Summary(IReadOnlyList<EpochRecord> records, RunFolder folder) => records.Best(folder.Config) is { } best
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"best test {best.Test.ScoreName} {best.Test.Score:F4} (epoch {best.Epoch}), last {records[^1].Test.Score:F4}; weights in {folder.BestWeights}")
        : string.Create(
            CultureInfo.InvariantCulture, $"no epoch was finite, last test {records[^1].Test.ScoreName} {records[^1].Test.Score:F4}; weights in {folder.LastWeights}");
}
