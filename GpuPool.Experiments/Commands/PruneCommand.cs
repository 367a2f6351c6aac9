using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;
using GpuPool.Models.Pruning;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool prune</c>: removes channels of the first stage of a trained network while it is fine-tuned, in a run of its own, and says what that brought.</summary>
internal static class PruneCommand
{
    private const int Epochs = 100;

    private static readonly PruningConfig Reading = new();

    public static Command Create(Session session)
    {
        var start = new Argument<string>("RUN") { Description = "Folder of the finished run whose best weights are pruned; it is only read." };
        Option<double> density = Options.Number("--density", Reading.Density, 0, "Share of the channels of the first stage that stay, above 0 and below 1.");
        Option<int> epochs = Options.Number("--epochs", Epochs, 1, "Passes over the training images.");
        Option<double> rate = Options.Number("--lr", Reading.LearningRate, 0, "Learning rate, without a schedule.");
        var run = new RunOptions("Folder of the pruned run.");
        Option<bool> compact = new("--compact")
        {
            Description = "Remove the masked channels, check that the smaller network computes the same, and write its weights as compact.safetensors.",
        };
        Option<bool> json = Options.Json();
        var device = new DeviceOptions();
        var command = new Command("prune", "Prunes channels of a trained network and fine-tunes it.") { start, density, epochs, rate, compact, json };
        run.AddTo(command);
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(density) is not (> 0 and < 1) and var wrong)
                throw new GpuPoolException(
                    ExitCode.Usage, string.Create(CultureInfo.InvariantCulture, $"--density '{wrong}' is not above 0 and below 1"), "Give one, for example --density 0.5.");
            string path = parsed.GetRequiredValue(start);
            RunFolder whole = RunFolder.Read(path);
            TrainingConfig config = Configure(whole, path, parsed.GetValue(epochs)) with
            {
                Pruning = new PruningConfig { Density = parsed.GetValue(density), LearningRate = parsed.GetValue(rate), Start = path },
            };
            ITask task = config.Task();
            whole.CheckClasses(task.ClassNames, run.AllowsOtherClasses(parsed));
            using Device opened = device.Open(session, parsed);
            using RunFolder folder = run.Open(parsed, opened, config, task);
            IReadOnlyList<EpochRecord> records = folder.IsFinished
                ? folder.ReadLog()
                : LiveMonitor.Watch(
                    session.Error,
                    $"pruning {config.Architecture}",
                    monitor => new Trainer(opened, config, task, folder, monitor, run.Training(parsed)).Run(session.Interrupt));
            EpochRecord before = Best(whole, whole.ReadLog()), after = Best(folder, records);
            using var pruned = PrunedRun.Open(opened, folder, task);
            double? difference = parsed.GetValue(compact) ? pruned.Compact(session.Interrupt) : null;
            PruningReport report = pruned.Report(before, after, difference);
            if (parsed.GetValue(json))
                session.Output.WriteLine(JsonSerializer.Serialize(report, Json.Line));
            else
                Print(session.Output, report);
            // Logits that are not finite, or all 0, make a difference that is no number: nothing is proved then either.
            return (int)(difference is null or <= PrunedRun.Tolerance ? ExitCode.Done : ExitCode.CheckFailed);
        });
        return command;
    }

    // A run whose divergence was recorded may have no weights that are of use.
    private static EpochRecord Best(RunFolder run, IReadOnlyList<EpochRecord> records) => records.Best(run.Config) ?? throw new GpuPoolException(
        ExitCode.Diverged, $"no epoch of the run in {Path.GetDirectoryName(run.BestWeights)} was finite", "Train it again with a smaller --lr.");

    private static TrainingConfig Configure(RunFolder whole, string path, int epochs)
    {
        if (DetectorArchitecture.IsDetector(whole.Config.Architecture))
            throw new GpuPoolException(ExitCode.Configuration, $"{path} holds a detector, and channels are pruned of networks that classify", "Give the run of another architecture.");
        if (whole.Config.Pruning is not null)
            throw new GpuPoolException(ExitCode.Configuration, $"{path} holds a run that is already pruned", "Give the run that it was made from.");
        if (!whole.IsFinished)
            throw new GpuPoolException(ExitCode.Configuration, $"{path} holds a run that is not finished", "Finish it with 'gpupool train ... --resume'.");
        if (!File.Exists(whole.BestWeights))
            throw new GpuPoolException(
                ExitCode.DataMissing, $"{path} has no weights of a best epoch", "Train it again in another folder, with a smaller --lr if it diverged.");
        var network = new Network(Architecture.Parse(whole.Config.Architecture), new NetworkOptions(Width: whole.Config.Width));
        if (FirstStage.Groups(network).Count == 0)
            throw new GpuPoolException(
                ExitCode.Configuration, $"no channel of the first stage of {whole.Config.Architecture} can be removed", "Give the run of another architecture.");
        // A mean of weights before and behind the masks would have no channel at 0.
        return whole.Config with { Epochs = epochs, AverageDecay = null };
    }

    private static void Print(TextWriter output, PruningReport report)
    {
        var table = new Table().AddColumn("");
        foreach (string name in new[] { "channels", "parameters", "multiply-adds", "activation bytes", "peak bytes", "accuracy" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach ((string name, PruningState state) in new[] { ("before", report.Before), ("after", report.After) })
            table.AddRow(
                name, string.Join(", ", state.Channels), Count(state.Parameters), Count(state.MultiplyAdds), Count(state.ActivationBytes), Count(state.PeakBytes),
                state.Accuracy.ToString("F4", CultureInfo.InvariantCulture));
        Terminal.Over(output).Write(table);
        if (report.Difference is not { } difference)
            return;
        string weights = report.Compact is { } file ? $"weights in {file}" : "no weights are written";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"without the masked channels: logits differ by at most {difference:E1} of the largest ({PrunedRun.Tolerance:E0} allowed); {weights}"));
    }

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
