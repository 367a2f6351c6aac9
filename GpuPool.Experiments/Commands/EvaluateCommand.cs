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

/// <summary><c>gpupool evaluate</c>: loss and accuracy, or the precision of a detector, of a saved run, on the test images of its own data set or of another.</summary>
internal static class EvaluateCommand
{
    private enum Part
    {
        Test,
        Train,
    }

    public static Command Create(Session session)
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run." };
        Option<string?> data = new("--data") { Description = "Other images than those of the run: synthetic, stl10:DIR, folder:DIR, vww:DIR or shards:DIR; for a detector synthetic, coco:DIR or voc:DIR.", HelpName = "SOURCE" };
        var weightsOption = new WeightsOption();
        Option<Part> part = Options.Choice("--on", Part.Test, "The pictures to be judged by: those for tests, or those of training.");
        Option<bool> allowOtherClasses = Options.AllowOtherClasses();
        Option<bool> json = Options.Json();
        var device = new DeviceOptions();
        var command = new Command("evaluate", "Measures the accuracy of a saved run, or the average precision of a detector.") { run, data, part, allowOtherClasses, json };
        weightsOption.AddTo(command);
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            RunFolder folder = RunFolder.Read(parsed.GetRequiredValue(run));
            TrainingConfig config = folder.Config;
            string weights = weightsOption.File(parsed, folder);
            TrainingConfig tested = config with { Data = RunOptions.Source(config.Architecture, parsed.GetValue(data) ?? config.Data) };
            Splits pictures = Open(tested);
            ITask task = config.Task(parsed.GetValue(part) == Part.Train ? pictures.TestedOnTraining : pictures);
            folder.CheckClasses(task.ClassNames, parsed.GetValue(allowOtherClasses));
            using Device opened = device.Open(session, parsed);
            var file = SafetensorsFile.Read(weights);
            using Module module = task.Create(file);
            module.Allocate(opened);
            Weights.Load(module, file);
            using IDisposable folded = module.Fold();
            Measures result = Evaluator.Run(opened, module, task, session.Interrupt);
            session.Output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(Everything(config.Architecture, tested.Data, weights, task.Data.TestImages, result), Json.Line)
                : string.Create(CultureInfo.InvariantCulture, $"{Text(result)} on {task.Data.TestImages} images of {tested.Data} with {weights}"));
            return (int)ExitCode.Done;
        });
        return command;
    }

    // The classes are those of the run, so other data must have them.
    private static Splits Open(TrainingConfig tested)
    {
        try
        {
            return tested.Open();
        }
        catch (GpuPoolException refused) when (refused.Code == ExitCode.Configuration)
        {
            throw new GpuPoolException(refused.Code, refused.Cause, "Give --data that has all classes that the run has learnt.", refused);
        }
    }

    private static Dictionary<string, object> Everything(string architecture, string data, string weights, int images, Measures result)
    {
        Dictionary<string, object> everything = new() { ["architecture"] = architecture, ["data"] = data, ["weights"] = weights, ["images"] = images };
        foreach (Measure measure in result)
            everything[measure.Name] = Shown(measure);
        return everything;
    }

    // The scores first.
    private static string Text(Measures result) => string.Join(
        ", ", result.OrderBy(measure => measure.IsLoss).Select(measure => string.Create(CultureInfo.InvariantCulture, $"{measure.Name} {Shown(measure):F4}")));

    // A score of nothing, as of small objects where there are none, is -1 in the tools of COCO.
    private static double Shown(Measure measure) => !measure.IsLoss && double.IsNaN(measure.Value) ? -1 : measure.Value;
}
