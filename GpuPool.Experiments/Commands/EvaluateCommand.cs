using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool evaluate</c>: loss and accuracy of a saved run, on the test images of its own data set or of another.</summary>
internal static class EvaluateCommand
{
    private enum Epoch
    {
        Best,
        Last,
        Compact,
    }

    public static Command Create(Session session)
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run." };
        Option<string?> data = new("--data") { Description = "Other images than those of the run: synthetic, stl10:DIR, folder:DIR or vww:DIR.", HelpName = "SOURCE" };
        Option<Epoch> epoch = Options.Choice("--weights", Epoch.Best, "Weights of the best or of the last epoch, or those that 'gpupool prune --compact' left.");
        Option<bool> allowOtherClasses = Options.AllowOtherClasses();
        Option<bool> json = Options.Json();
        var device = new DeviceOptions();
        var command = new Command("evaluate", "Measures the accuracy of a saved run.") { run, data, epoch, allowOtherClasses, json };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            RunFolder folder = RunFolder.Read(parsed.GetRequiredValue(run));
            TrainingConfig config = folder.Config;
            string weights = parsed.GetValue(epoch) switch
            {
                Epoch.Best => folder.BestWeights,
                Epoch.Last => folder.LastWeights,
                _ => folder.CompactWeights,
            };
            if (!File.Exists(weights))
                throw new GpuPoolException(ExitCode.DataMissing, $"{weights} does not exist", parsed.GetValue(epoch) switch
                {
                    Epoch.Compact => "'gpupool prune --compact' makes compact weights.",
                    Epoch.Best when File.Exists(folder.LastWeights) => "No epoch of the run was finite; '--weights last' takes those of its last.",
                    _ => "Train at least one epoch first.",
                });
            var source = DatasetSource.Parse(parsed.GetValue(data) ?? config.Data);
            ITask task = config.Task(source);
            folder.CheckClasses(task.ClassNames, parsed.GetValue(allowOtherClasses));
            using Device opened = device.Open(parsed);
            var file = SafetensorsFile.Read(weights);
            using Module module = task.Create(file);
            module.Allocate(opened);
            Weights.Load(module, file);
            Measures result = Evaluator.Run(opened, module, task, session.Interrupt);
            (double accuracy, double loss, int count) = (result[Classification.Accuracy], result.Loss, task.Data.TestImages);
            session.Output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { config.Architecture, Data = source.ToString(), Weights = weights, Images = count, Loss = loss, Accuracy = accuracy }, Json.Line)
                : string.Create(
                    CultureInfo.InvariantCulture, $"accuracy {accuracy:F4}, loss {loss:F4} on {count} images of {source} with {weights}"));
            return (int)ExitCode.Done;
        });
        return command;
    }
}
