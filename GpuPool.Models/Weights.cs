using GpuPool.Kernels;
using GpuPool.Models.Detection;
using GpuPool.Models.Layers;
using GpuPool.Models.Safetensors;

namespace GpuPool.Models;

/// <summary>Weights and running statistics in files, under the names and in the layouts of the released PyTorch code.</summary>
public static class Weights
{
    // PyTorch counts the batches each batch norm has seen, and uses the count only where there is no momentum.
    internal const string BatchCount = "num_batches_tracked";

    private const string RunningMean = "running_mean";

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
    public static void Load(Module module, SafetensorsFile file, string prefix = "", Func<string, string>? name = null) => FillAll(
        module,
        [.. module.States.Select(entry => (prefix + (name?.Invoke(entry.Name) ?? entry.Name), entry.State))], file, given => given.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>
    /// Fills a module from a file of tensors under the module's own names or, of a network, those of torchvision's network of the same kind, whichever it has more of.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="file">The file.</param>
    /// <param name="allowPartial">Whether tensors that the file has not, or has in another shape, keep their values, and others of the file are left out.</param>
    /// <returns>What of the two did not match.</returns>
    /// <exception cref="WeightsException">Something does not match, and that is not allowed, or nothing does; nothing was changed.</exception>
    public static WeightsMatch Import(Module module, ITensorFile file, bool allowPartial = false)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(file);
        (string Name, ModuleState State)[] torchvision = module is Network network ? TorchvisionNames.Of(network) : [];
        WeightsMatch[] matches = [.. new[] { [.. module.States], torchvision, TorchvisionNames.Older(torchvision) }.Select(names => WeightsMatch.Of(names, file))];
        WeightsMatch match = matches.MaxBy(candidate => candidate.Matched.Count)!;
        if (match.Matched.Count == 0 || !allowPartial && match.Unmatched.Count + match.Unused.Count > 0)
            throw new WeightsException(file.Path, string.Join("; ", new[] { Count(match.Unmatched, "missing"), Count(match.Unused, "unknown") }.Where(text => text.Length > 0)));
        Fill(module, match.Matched, file);
        return match;
    }

    /// <summary>
    /// Fills a network from a file with the names of torchvision's network of the same kind: vgg16_bn, densenet121, inception_v3, resnet18_original or mobilenet_v2,
    /// see <see cref="TorchvisionNames"/>; the auxiliary classifier of Inception v3 is left alone.
    /// </summary>
    /// <inheritdoc cref="Load(Module, string)" path="/exception"/>
    public static void LoadTorchvision(Network network, SafetensorsFile file) => FillAll(
        network,
        TorchvisionNames.Of(network),
        file,
        name => !name.StartsWith("AuxLogits.", StringComparison.Ordinal));

    /// <summary>Fills a detector from a file with mmdetection's names. The classifier that released MobileNets carry in their detectors, which do not use it, is left alone.</summary>
    /// <inheritdoc cref="Load(Module, string)" path="/exception"/>
    public static void LoadDetector(Detector detector, SafetensorsFile file) => FillAll(
        detector,
        [.. detector.States.Select(entry => (entry.Name, entry.State))], file, name => !name.StartsWith("backbone.net.classifier.", StringComparison.Ordinal));

    private static void FillAll(Module module, (string Name, ModuleState State)[] states, SafetensorsFile file, Func<string, bool> isMeant)
    {
        Check(states, file, isMeant);
        Fill(module, states, file);
    }

    // The count of a batch norm stands beside its running mean.
    private static void Fill(Module module, IEnumerable<(string Name, ModuleState State)> states, ITensorFile file)
    {
        HashSet<string> names = [.. file.Names];
        Dictionary<ModuleState, BatchNormLayer> norms = module.Modules.Select(entry => entry.Module).OfType<BatchNormLayer>().ToDictionary(norm => norm.RunningMean);
        foreach ((string name, ModuleState state) in states)
        {
            Fill(state, file, name);
            if (norms.TryGetValue(state, out BatchNormLayer? norm) && name.EndsWith(RunningMean, StringComparison.Ordinal)
                && name[..^RunningMean.Length] + BatchCount is var count && names.Contains(count) && file.ShapeOf(count).Count == 1)
                norm.BatchesTracked = (long)file.Doubles(count)[0];
        }
    }

    private static void Fill(ModuleState state, ITensorFile file, string name)
    {
        DeviceArray array = state.Value.Value;
        if (array.DType == DType.Float32)
            array.CopyFrom(state.Layout.FromPyTorch(state.Shape, file.Floats(name)));
        else
            array.CopyFrom(state.Layout.FromPyTorch(state.Shape, file.Doubles(name)));
    }

    /// <summary>What torchvision calls each tensor of a network, counts of batches included.</summary>
    public static Dictionary<string, string> TorchvisionNamesOf(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Dictionary<string, string> names = network.States.Zip(TorchvisionNames.Of(network)).ToDictionary(pair => pair.First.Name, pair => pair.Second.Name);
        foreach ((string name, string theirs) in names.Where(pair => pair.Key.EndsWith(RunningMean, StringComparison.Ordinal)).ToArray())
            names[name[..^RunningMean.Length] + BatchCount] = theirs[..^RunningMean.Length] + BatchCount;
        return names;
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
        let norm = entry.Module as BatchNormLayer
        where norm is not null
        select new SafetensorsTensor($"{entry.Name}.{BatchCount}", Shape.Scalar, [norm.BatchesTracked]);

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
                throw new WeightsException(file.Path, $"'{name}' must be {expected} of floating-point numbers, but is {entry.Shape} of {SafetensorsEntry.Word(entry.Type)}");
        }
    }

    private static string Count(IReadOnlyCollection<string> names, string what) =>
        names.Count == 0 ? "" : $"{names.Count} {what}, first '{names.Order(StringComparer.Ordinal).First()}'";
}
