using GpuPool.Kernels;
using GpuPool.Models.Detection;
using GpuPool.Models.Layers;
using GpuPool.Models.Safetensors;

namespace GpuPool.Models;

/// <summary>Weights and running statistics in files, under the names and in the layouts of the released PyTorch code.</summary>
public static class Weights
{
    // PyTorch counts the batches each batch norm has seen, and uses the count only where there is no momentum.
    private const string BatchCount = "num_batches_tracked";

    /// <summary>Fills a module from a file that holds exactly its tensors; element types are converted.</summary>
    /// <exception cref="SafetensorsException">The file is not well formed.</exception>
    /// <exception cref="WeightsException">A tensor is missing, unknown, or has another shape; nothing was changed.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static void Load(Module module, string path) => Load(module, SafetensorsFile.Read(path));

    /// <summary>Fills a module from the tensors of a file whose names begin with a prefix; others are left alone.</summary>
    /// <param name="module">The module.</param>
    /// <param name="file">The file.</param>
    /// <param name="prefix">What the names begin with.</param>
    /// <param name="name">Behind the prefix, the name in the file of a tensor of the module; null where it is the same.</param>
    /// <inheritdoc cref="Load(Module, string)" path="/exception"/>
    public static void Load(Module module, SafetensorsFile file, string prefix = "", Func<string, string>? name = null) => Fill(
        [.. module.States.Select(entry => (prefix + (name?.Invoke(entry.Name) ?? entry.Name), entry.State))], file, given => given.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>
    /// Fills a network from a file with the names of torchvision's network of the same kind: vgg16_bn, densenet121, inception_v3 or resnet18. They are ours without the
    /// leading <c>net.</c>; the auxiliary classifier of Inception v3 is left alone.
    /// </summary>
    /// <inheritdoc cref="Load(Module, string)" path="/exception"/>
    public static void LoadTorchvision(Network network, SafetensorsFile file) => Fill(
        [.. network.States.Select(entry => (entry.Name[(Network.Prefix.Length + 1)..], entry.State))],
        file,
        name => !name.StartsWith("AuxLogits.", StringComparison.Ordinal));

    /// <summary>Fills a detector from a file with mmdetection's names. The classifier that released MobileNets carry in their detectors, which do not use it, is left alone.</summary>
    /// <inheritdoc cref="Load(Module, string)" path="/exception"/>
    public static void LoadDetector(Detector detector, SafetensorsFile file) => Fill(
        [.. detector.States.Select(entry => (entry.Name, entry.State))], file, name => !name.StartsWith("backbone.net.classifier.", StringComparison.Ordinal));

    private static void Fill((string Name, ModuleState State)[] states, SafetensorsFile file, Func<string, bool> isMeant)
    {
        Check(states, file, isMeant);
        foreach ((string name, ModuleState state) in states)
        {
            DeviceArray array = state.Value.Value;
            if (array.DType == DType.Float32)
                array.CopyFrom(state.Layout.FromPyTorch(state.Shape, file.Floats(name)));
            else
                array.CopyFrom(state.Layout.FromPyTorch(state.Shape, file.Doubles(name)));
        }
    }

    /// <summary>Writes all tensors of a module, in its element type.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(Module module, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsFile.Write(path, Tensors(module), metadata);

    /// <summary>What <see cref="Save"/> writes: the tensors of a module as they are now.</summary>
    public static IEnumerable<SafetensorsTensor> Tensors(Module module) =>
        module.States.Select(entry => Tensor(entry.Name, entry.State)).Concat(BatchCounts(module));

    private static SafetensorsTensor Tensor(string name, ModuleState state)
    {
        Shape shape = state.Layout.ToPyTorch(state.Shape);
        DeviceArray array = state.Value.Value;
        return array.DType == DType.Float32
            ? new SafetensorsTensor(name, shape, state.Layout.ToPyTorch(state.Shape, array.ToFloats()))
            : new SafetensorsTensor(name, shape, state.Layout.ToPyTorch(state.Shape, array.ToDoubles()));
    }

    private static IEnumerable<SafetensorsTensor> BatchCounts(Module module) =>
        from entry in module.Modules
        where entry.Module is BatchNormLayer
        select new SafetensorsTensor($"{entry.Name}.{BatchCount}", Shape.Scalar, [0L]);

    private static void Check((string Name, ModuleState State)[] states, SafetensorsFile file, Func<string, bool> isMeant)
    {
        string[] given = [.. file.Entries.Keys.Where(name => isMeant(name) && !name.EndsWith(BatchCount, StringComparison.Ordinal))];
        string[] missing = [.. states.Select(entry => entry.Name).Except(given)], unknown = [.. given.Except(states.Select(entry => entry.Name))];
        if (missing.Length + unknown.Length > 0)
            throw new WeightsException(file.Path, string.Join("; ", new[] { Count(missing, "missing"), Count(unknown, "unknown") }.Where(text => text.Length > 0)));
        foreach ((string name, ModuleState state) in states)
        {
            SafetensorsEntry entry = file.Entries[name];
            Shape expected = state.Layout.ToPyTorch(state.Shape);
            if (entry.Shape != expected || entry.Type == SafetensorsType.Int64)
                throw new WeightsException(file.Path, $"'{name}' must be {expected} of F32 or F64, but is {entry.Shape} of {SafetensorsEntry.Word(entry.Type)}");
        }
    }

    private static string Count(string[] names, string what) =>
        names.Length == 0 ? "" : $"{names.Length} {what}, first '{names.Order(StringComparer.Ordinal).First()}'";
}
