using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.PyTorch;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool weights</c>: tensors of PyTorch's files in and out.</summary>
internal static class WeightsCommand
{
    public static Command Create(Session session) => new("weights", "Looks into files of weights, and takes them over.") { Inspect(session), Import(session), Export(session) };

    private static Command Inspect(Session session)
    {
        Argument<string> file = File();
        Option<bool> json = Options.Json();
        var command = new Command("inspect", "Lists the tensors of a file: name, type, shape.") { file, json };
        command.SetAction(parsed =>
        {
            ITensorFile tensors = Read(parsed.GetRequiredValue(file));
            foreach (string name in tensors.Names)
            {
                session.Output.WriteLine(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(new { Name = name, Type = tensors.TypeOf(name), Shape = tensors.ShapeOf(name).Extents.ToArray() }, Json.Line)
                    : $"{name} {tensors.TypeOf(name)} {tensors.ShapeOf(name)}");
            }
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Command Import(Session session)
    {
        Argument<string> file = File();
        Option<string> architecture = new("--architecture") { Description = Options.Architecture().Description, HelpName = "LABEL", Required = true };
        Option<string> run = new("--run") { Description = "New folder, which other commands take as that of a run.", HelpName = "DIR", Required = true };
        Option<int> classes = Options.Number("--classes", 1000, 1, "Number of classes.");
        Option<double> width = Options.Width();
        Option<int> size = Options.Number("--size", 224, 1, "Side of the square input in pixels.");
        Option<bool> partial = new("--partial") { Description = "Keep the start values of what the file has not, or has in another shape, and leave out what the network has not." };
        var command = new Command("import", "Makes a run of the weights in a file, under the released code's names or torchvision's.") { file, architecture, run, classes, width, size, partial };
        command.SetAction(parsed =>
        {
            string label = parsed.GetRequiredValue(architecture), folder = parsed.GetRequiredValue(run);
            ITensorFile tensors = Read(parsed.GetRequiredValue(file));
            using Device device = Device.Open(DeviceKind.Cpu);
            using Network network = Network.Create(device, Architecture.Parse(label), new NetworkOptions(parsed.GetValue(classes), parsed.GetValue(width)));
            WeightsMatch match = Weights.Import(network, tensors, parsed.GetValue(partial));
            var config = new TrainingConfig
            {
                Architecture = label,
                Width = parsed.GetValue(width),
                Size = parsed.GetValue(size),
                Preprocessing = Data.Preprocessing.ImageNet,
            };
            string[] names = [.. Enumerable.Range(0, parsed.GetValue(classes)).Select(number => number.ToString(CultureInfo.InvariantCulture))];
            using var made = RunFolder.Open(folder, config, names, resume: false);
            Weights.Save(network, made.BestWeights, new Dictionary<string, string> { [RunFolder.ImportedFrom] = Path.GetFileName(tensors.Path) });
            System.IO.File.Copy(made.BestWeights, made.LastWeights, overwrite: true);
            session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {match.Matched.Count} tensors of {tensors.Path}"));
            Print(session.Output, "not in the file", match.Unmatched);
            Print(session.Output, "not in the network", match.Unused);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Command Export(Session session)
    {
        var run = new Argument<string>("RUN") { Description = "Folder of the run." };
        Option<string> output = new("--out") { Description = "The file, which PyTorch reads with the package safetensors.", HelpName = "FILE.safetensors", Required = true };
        Option<bool> torchvision = new("--torchvision") { Description = "Names of torchvision in place of the released code's." };
        var weights = new WeightsOption();
        var command = new Command("export", "Writes the weights of a run for PyTorch.") { run, output, torchvision };
        weights.AddTo(command);
        command.SetAction(parsed =>
        {
            RunFolder folder = RunFolder.Read(parsed.GetRequiredValue(run));
            string file = parsed.GetRequiredValue(output);
            string target = OutputFile.Prepare(file, SafetensorsFile.End);
            folder.CheckIsNoWeights(target);
            var saved = SafetensorsFile.Read(weights.File(parsed, folder));
            Func<string, string> name = entry => entry;
            if (parsed.GetValue(torchvision))
            {
                var network = new Network(Architecture.Parse(folder.Config.Architecture), new NetworkOptions(folder.ReadClassNames().Count, folder.Config.Width));
                Dictionary<string, string> names = Weights.TorchvisionNamesOf(network);
                name = entry => names.GetValueOrDefault(entry, entry);
            }
            SafetensorsFile.Write(target, saved.Entries.Keys.Select(entry => saved.Tensor(entry, name(entry))));
            session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file}: {saved.Entries.Count} tensors"));
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Argument<string> File() => new("FILE") { Description = "A file of torch.save (.pth, .pt) or .safetensors." };

    private static ITensorFile Read(string path) => DataFile.Guard<ITensorFile>(
        path, () => path.EndsWith(SafetensorsFile.End, StringComparison.OrdinalIgnoreCase) ? SafetensorsFile.Read(path) : PyTorchFile.Read(path));

    private static void Print(TextWriter output, string what, IReadOnlyList<string> names)
    {
        foreach (string name in names)
            output.WriteLine($"{what}: {name}");
    }
}
