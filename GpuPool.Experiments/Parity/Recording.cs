using System.Globalization;
using System.Numerics;
using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;
using GpuPool.Models;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Parity;

/// <summary>A file of tensors recorded from the released code, in PyTorch's layouts.</summary>
internal sealed class Recording(SafetensorsFile file)
{
    /// <summary>Before the name of a weight the name of its gradient.</summary>
    public const string Gradient = "grad.";

    /// <summary>Before the name of a weight or statistic its value before the call.</summary>
    public const string State = "state.";

    private const string After = "after.";

    private readonly HashSet<string> _read = [];
    private readonly List<string> _unrecorded = [];

    /// <summary>Name of the file without its end.</summary>
    public string Name => Path.GetFileNameWithoutExtension(file.Path);

    /// <summary>What a replay did not compare: tensors of the file that it did not ask for, under a wrong name perhaps, and gradients of weights that were not recorded.</summary>
    public IReadOnlyList<string> NotCompared =>
        [.. file.Entries.Keys.Where(name => !name.StartsWith(State, StringComparison.Ordinal) && !_read.Contains(name)).Order(StringComparer.Ordinal), .. _unrecorded.Distinct()];

    /// <summary>A text of the metadata; null if it is absent.</summary>
    public string? Text(string key) => file.Metadata.GetValueOrDefault(key);

    /// <summary>A text that must be there.</summary>
    public string Required(string key) => Text(key) ?? throw Corrupt($"its metadata lack '{key}'");

    /// <summary>A number of the metadata that must be there.</summary>
    public T Number<T>(string key) where T : IParsable<T>
    {
        string text = Required(key);
        return T.TryParse(text, CultureInfo.InvariantCulture, out T? number) ? number : throw Corrupt($"'{key}' is '{text}', not a number");
    }

    /// <summary>A number of the metadata that may be left out.</summary>
    public T Number<T>(string key, T fallback) where T : IParsable<T> => Text(key) is null ? fallback : Number<T>(key);

    /// <summary>A value of the metadata in JSON that must be there, such as a list of numbers.</summary>
    public T Json<T>(string key)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Required(key)) ?? throw Corrupt($"'{key}' is null");
        }
        catch (JsonException)
        {
            throw Corrupt($"'{key}' is '{Required(key)}', not what this op has");
        }
    }

    /// <summary>Whether a tensor was recorded.</summary>
    public bool Has(string name) => file.Entries.ContainsKey(name);

    /// <summary>Elements as recorded.</summary>
    public double[] Values(string name) => file.Doubles(Entry(name));

    /// <summary>Elements that are whole numbers.</summary>
    public long[] Integers(string name) => file.Integers(Entry(name));

    /// <summary>Extents of a tensor as recorded.</summary>
    public Shape ShapeOf(string name) => file.Entries[Entry(name)].Shape;

    /// <summary>Boxes (n, 4), or (n, 4 k) as n k boxes; what follows in a row of five, a score, is left out.</summary>
    public Box<T>[] Boxes<T>(string name) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Shape shape = ShapeOf(name);
        if (shape.Rank != 2 || (shape[1] % 4 != 0 && shape[1] != 5))
            throw Corrupt($"'{name}' {shape} is not (n, 4)");
        T[] values = Array.ConvertAll(Values(name), T.CreateChecked);
        int width = shape[1] == 5 ? 5 : 4;
        return [.. Enumerable.Range(0, values.Length / width).Select(place => new Box<T>(
            values[place * width], values[place * width + 1], values[place * width + 2], values[place * width + 3]))];
    }

    /// <summary>A column of a matrix as recorded, from the end if negative.</summary>
    public double[] Column(string name, int column)
    {
        Shape shape = ShapeOf(name);
        double[] values = Values(name);
        return [.. Enumerable.Range(0, shape[0]).Select(row => values[row * shape[1] + (column < 0 ? shape[1] + column : column)])];
    }

    /// <summary>An activation in our layout.</summary>
    public Tensor Map(Device device, string name, DType type)
    {
        Shape recorded = file.Entries[Entry(name)].Shape;
        if (recorded.Rank != 4)
            throw Corrupt($"'{name}' {recorded} is not (N, C, H, W)");
        var shape = new Shape(recorded[0], recorded[2], recorded[3], recorded[1]);
        return Tensor.Leaf(device.Upload(shape, TensorLayout.Map.FromPyTorch(shape, Values(name)), type), requiresGradient: true);
    }

    /// <summary>The whole numbers NAME.0, NAME.1 and so on of so many pictures.</summary>
    public int[][] Numbers(string name, int pictures) =>
        [.. Enumerable.Range(0, pictures).Select(picture => Array.ConvertAll(Integers($"{name}.{picture}"), number => (int)number))];

    /// <summary>A tensor in its own layout, whose gradient is wanted.</summary>
    public Tensor Plain(Device device, string name, DType type) => Tensor.Leaf(device.Upload(ShapeOf(name), Values(name), type), requiresGradient: true);

    /// <summary>The gradient that has come to a tensor beside the recorded one, which is of the same layout, or of PyTorch's for a map.</summary>
    public ReplayedTensor GradientOf(Tensor tensor, string name, double tolerance)
    {
        double[] gradient = tensor.Gradient?.ToDoubles() ?? new double[tensor.Shape.Count];
        tensor.Gradient?.Dispose();
        return new ReplayedTensor(Gradient + name, tensor.Shape.Rank == 4 ? TensorLayout.Map.ToPyTorch(tensor.Shape, gradient) : gradient, Values(Gradient + name), tolerance);
    }

    /// <summary>Gives a module the recorded weights and statistics.</summary>
    /// <param name="module">The module.</param>
    /// <param name="recorded">The recorded name of a tensor of ours, where it is another.</param>
    /// <exception cref="WeightsException">They are those of another module.</exception>
    public void LoadState(Module module, Func<string, string>? recorded = null) => Weights.Load(module, file, State, recorded);

    /// <summary>The gradients of all weights that were recorded, of small ones only perhaps, after a backward pass of the module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="tolerance">Largest error.</param>
    /// <param name="vanishing">For a gradient's name, the norm below which it is zero but for rounding, and its scale; null where none is.</param>
    /// <param name="recorded">The recorded name of a tensor of ours, where it is another.</param>
    /// <exception cref="GpuPoolException">The module has weights, and the gradient of none was recorded (11).</exception>
    public IEnumerable<ReplayedTensor> Gradients(
        Module module, double tolerance, Func<string, (double Norm, double Scale)>? vanishing = null, Func<string, string>? recorded = null)
    {
        ILookup<bool, (string Name, ModuleState State)> parameters = module.States.Where(entry => entry.State.IsParameter)
            .Select(entry => (recorded?.Invoke(entry.Name) ?? entry.Name, entry.State)).ToLookup(entry => Has(Gradient + entry.Item1));
        _unrecorded.AddRange(parameters[false].Select(entry => Gradient + entry.Name));
        if (parameters[false].Any() && !parameters[true].Any())
            throw Corrupt($"it has no gradient of a weight, such as '{_unrecorded[0]}', and nothing is compared with {NameList.Of([.. NotCompared.Except(_unrecorded)])}");
        foreach ((string name, ModuleState state) in parameters[true])
        {
            double[] ours = state.Value.Gradient?.ToDoubles() ?? new double[state.Shape.Count];
            double[] actual = state.Layout.ToPyTorch(state.Shape, ours), expected = Values(Gradient + name);
            (double norm, double scale) = vanishing?.Invoke(Gradient + name) ?? (0, 0);
            // Query, key and value share a tensor, and their biases do not vanish together.
            int parts = name.EndsWith("in_proj_bias", StringComparison.Ordinal) ? 3 : 1, length = actual.Length / parts;
            for (int part = 0; part < parts; part++)
            {
                Range range = (part * length)..((part + 1) * length);
                yield return new ReplayedTensor(Gradient + name, actual[range], expected[range], tolerance, norm, scale);
            }
        }
    }

    /// <summary>The running statistics after a call in training.</summary>
    public IEnumerable<ReplayedTensor> Statistics(Module module, double tolerance) =>
        from entry in module.Buffers
        where Has(After + entry.Name)
        select new ReplayedTensor(After + entry.Name, entry.Buffer.ToDoubles(), Values(After + entry.Name), tolerance);

    private string Entry(string name)
    {
        _read.Add(name);
        return Has(name) ? name : throw Corrupt($"it lacks the tensor '{name}'");
    }

    /// <summary>That it is not what it should be.</summary>
    public GpuPoolException Corrupt(string what) => new(
        ExitCode.DataCorrupt,
        $"{file.Path} is not a recording of this module: {what}",
        "A module's has state.*, input, output, grad_output and grad.*; a network's has state.*, input, labels, logits.* and losses; a detector's part names an op.");
}
