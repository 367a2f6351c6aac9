using System.CommandLine;
using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Export;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool export</c>: writes a saved run, or a network with its start values, as ONNX, and if asked an input with what it makes of it.</summary>
internal static class ExportCommand
{
    private const string Dynamic = "dynamic";

    private const int DefaultSize = 224, DefaultClasses = 1000, ImagesOfOpenSample = 2;

    // Beyond the places of any network's tensors.
    private const uint SamplePlace = uint.MaxValue;

    public static Command Create(Session session)
    {
        var subject = new Argument<string>("RUN|ARCHITECTURE") { Description = "Folder of a run, or a label, such as mobilenet_v2-nlp_headfix2-1222121 or ssd-mobilenet_v2-skip-1222121." };
        Option<string> output = new("--out") { Description = "The model. Weights of more than 2 GB lie beside it in FILE.data.", HelpName = "FILE.onnx", Required = true };
        Option<int> opset = Opset();
        Option<int> batch = Batch();
        Option<bool> fold = new("--fold") { Description = "Make a batch norm behind a convolution part of its weights." };
        Option<string?> sample = new("--sample") { Description = "Also write tensors 'input', drawn by --seed, and 'output' as computed here, in the layout of the model.", HelpName = "FILE.safetensors" };
        Option<int> size = Options.Number("--size", DefaultSize, 1, "Side of the square input in pixels; that of the run by default.");
        Option<int> classes = Options.Number("--classes", DefaultClasses, 1, "Number of classes of an architecture.");
        Option<double> width = Options.Width();
        Option<ulong> seed = Options.Number("--seed", 0UL, 0UL, "Seed of an architecture's start values and of the sample.");
        var weights = new WeightsOption();
        var device = new DeviceOptions();
        var command = new Command("export", "Writes a network as ONNX, in standard operators.") { subject, output, opset, batch, fold, sample, size, classes, width, seed };
        weights.AddTo(command);
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(subject), file = parsed.GetRequiredValue(output);
            int? images = parsed.GetValue(batch) is > 0 and var fixedImages ? fixedImages : null;
            RunFolder? run = Run(name);
            foreach (Option option in run is null ? [weights.Option] : new Option[] { classes, width })
            {
                if (parsed.GetResult(option) is { Implicit: false })
                    throw new GpuPoolException(ExitCode.Usage, $"{option.Name} is not for {(run is null ? "an architecture, which has start values alone" : "a run, which has its own")}", "Leave it out.");
            }
            string model = OutputFile.Prepare(file);
            string? beside = parsed.GetValue(sample) is { } text ? OutputFile.Prepare(text, SafetensorsFile.End) : null;
            foreach (string written in beside is null ? [model] : new[] { model, beside })
                run?.CheckIsNoWeights(written);
            if (model == beside)
                throw new GpuPoolException(ExitCode.Usage, $"--out and --sample are both {file}", "Give two files.");
            SafetensorsFile? saved = run is null ? null : SafetensorsFile.Read(weights.File(parsed, run));
            ExportSubject exported = run is null
                ? ExportSubject.Of(name, new NetworkOptions(parsed.GetValue(classes), parsed.GetValue(width), parsed.GetValue(seed)), parsed.GetValue(size))
                : ExportSubject.Of(run, saved!, parsed.ValueOr(size, run.Config.Size));
            using Device opened = device.Open(session, parsed);
            using Module module = exported.Module;
            module.Allocate(opened, seed: exported.Seed);
            if (saved is not null)
                Weights.Load(module, saved);
            session.Interrupt.ThrowIfCancellationRequested();
            exported.Write(model, new OnnxOptions(parsed.GetValue(opset), images, parsed.GetValue(fold), exported.Metadata));
            session.Interrupt.ThrowIfCancellationRequested();
            if (beside is not null)
                WriteSample(beside, exported, opened, images ?? ImagesOfOpenSample, parsed.GetValue(seed));
            session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file}: {exported.Metadata["architecture"]}, {exported.Size} x {exported.Size} pixels, opset {parsed.GetValue(opset)}"));
            return (int)ExitCode.Done;
        });
        return command;
    }

    // No label has a separator of folders in it.
    private static RunFolder? Run(string name) => Directory.Exists(name) ? RunFolder.Read(name)
        : name.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar) ? throw new GpuPoolException(
            ExitCode.DataMissing, $"there is no folder {name}", "Give the folder that was --run of 'gpupool train', or a label of an architecture.")
        : null;

    private static void WriteSample(string file, ExportSubject exported, Device device, int images, ulong seed)
    {
        using ArrayScope scope = device.OpenScope();
        using IDisposable off = GradientMode.Off();
        Tensor input = Tensor.Leaf(device.Allocate(new Shape(images, exported.Size, exported.Size, Network.ImageChannels)));
        Distribution.Normal(1).Fill(input.Value, seed, SamplePlace);
        IReadOnlyList<Tensor> outputs = exported.Outputs(input);
        SafetensorsFile.Write(file, outputs.Select((output, place) => InModelLayout(OnnxOptions.OutputName(place, outputs.Count), output)).Prepend(InModelLayout(OnnxOptions.InputName, input)));
    }

    private static SafetensorsTensor InModelLayout(string name, Tensor tensor)
    {
        TensorLayout layout = tensor.Shape.Rank == 4 ? TensorLayout.Map : TensorLayout.Plain;
        return new SafetensorsTensor(name, layout.ToPyTorch(tensor.Shape), layout.ToPyTorch(tensor.Shape, tensor.Value.ToFloats()));
    }

    private static Option<int> Opset() => new("--opset")
    {
        Description = $"Version of ONNX's operators, {OnnxOptions.LeastOpset} to {OnnxOptions.MostOpset}; from 23 on attention is one operator.",
        DefaultValueFactory = _ => OnnxOptions.LeastOpset,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is >= OnnxOptions.LeastOpset and <= OnnxOptions.MostOpset)
                return value;
            result.AddError($"--opset '{text}' is not a whole number from {OnnxOptions.LeastOpset} to {OnnxOptions.MostOpset}. Give one, or leave it out");
            return 0;
        },
    };

    // 0 leaves it open.
    private static Option<int> Batch() => new("--batch")
    {
        Description = "Images that a run takes; 'dynamic', the default, for any number.",
        HelpName = $"N|{Dynamic}",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (text == Dynamic)
                return 0;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0)
                return value;
            result.AddError($"--batch '{text}' is neither a whole number of at least 1 nor '{Dynamic}'. Give one of them");
            return 0;
        },
    };
}
