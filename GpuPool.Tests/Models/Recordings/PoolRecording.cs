using System.Globalization;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Pooling;
using GpuPool.Models.Safetensors;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Models.Recordings;

/// <summary>A recording of a pooling module in the format that <c>gpupool parity</c> replays, computed by <see cref="PlainPool"/> in float64.</summary>
internal sealed record PoolRecording(string Module, int Channels, int Stride, bool Training, int Patch = 1, int Heads = 2)
{
    /// <summary>The recordings that are committed beside this file.</summary>
    public static readonly PoolRecording[] All =
    [
        new("avgp", 3, 2, false), new("maxp", 3, 2, false), new("lip", 4, 2, true), new("lip", 4, 2, false),
        new("nlp-p1", 4, 2, true), new("nlp-p1", 4, 2, false), new("nlp-p2-s4", 4, 4, true, Patch: 2),
    ];

    private static readonly Shape Map = new(2, 8, 12, 0);

    public override string ToString() => FileName;

    public string FileName => $"{Module}-{(Training ? "train" : "eval")}.safetensors";

    public Dictionary<string, string> Metadata => new()
    {
        ["module"] = Module,
        ["in_channels"] = Channels.ToString(CultureInfo.InvariantCulture),
        ["kernel_size"] = Stride.ToString(CultureInfo.InvariantCulture),
        ["stride"] = Stride.ToString(CultureInfo.InvariantCulture),
        ["patch_size"] = Patch.ToString(CultureInfo.InvariantCulture),
        ["num_heads"] = Heads.ToString(CultureInfo.InvariantCulture),
        ["mode"] = Training ? "train" : "eval",
        ["source"] = "GpuPool.Tests/Models/Recordings: equations in plain C#, float64",
    };

    public List<SafetensorsTensor> Record()
    {
        string word = Module.Split('-')[0];
        var options = new SelfAttentiveOptions(Patch, 1, Heads, Upsampling: GpuPool.Kernels.Ops.Interpolation.Nearest);
        // Only what tensors the module has, and in which layout, is taken from it.
        using Module module = PoolingMethod.All.Single(method => method.Word == word).Create(new PoolingSite(Channels, Stride, options, Noise: false));
        var derivation = new Derivation();
        derivation.Clear();
        Shape shape = Map.WithChannels(Channels);
        Map x = derivation.Input(shape, Draw.Normal(shape.Count, 1));
        Dictionary<string, Map> states = module.States.Select((entry, place) => (entry.Name, derivation.Input(entry.State.Shape, Start(entry.Name, entry.State.Shape, place + 2)))).ToDictionary();
        var pool = new PlainPool(states, Training);
        Map y = word switch
        {
            "avgp" => pool.Average(x, Stride),
            "maxp" => pool.Max(x, Stride),
            "lip" => pool.LocalImportance(x, Stride),
            _ => pool.SelfAttentive(x, Stride, Patch, Heads),
        };
        double[] dy = Draw.Normal(y.Shape.Count, 100);
        derivation.Differentiate(y.Values, dy);
        double[] Gradient(Map map) => [.. map.Values.Select(value => derivation.Gradient(value).Value)];

        List<SafetensorsTensor> tensors =
        [
            Tensor("input", TensorLayout.Map, shape, Values(x)), Tensor("output", TensorLayout.Map, y.Shape, Values(y)),
            Tensor("grad_output", TensorLayout.Map, y.Shape, dy), Tensor("grad.input", TensorLayout.Map, shape, Gradient(x)),
        ];
        foreach ((string name, ModuleState state) in module.States)
        {
            tensors.Add(Tensor($"state.{name}", state.Layout, state.Shape, Values(states[name])));
            if (state.IsParameter)
                tensors.Add(Tensor($"grad.{name}", state.Layout, state.Shape, Gradient(states[name])));
        }
        tensors.AddRange(pool.Statistics.Select(entry => new SafetensorsTensor($"after.{entry.Key}", new Shape(entry.Value.Length), entry.Value)));
        return tensors;
    }

    // Variances are positive.
    private static double[] Start(string name, Shape shape, int seed) =>
        name.EndsWith("running_var", StringComparison.Ordinal) ? Array.ConvertAll(Draw.Normal(shape.Count, seed), value => 0.5 + value * value) : Draw.Normal(shape.Count, seed, deviation: 0.5);

    private static double[] Values(Map map) => [.. map.Values.Select(value => value.Value)];

    private static SafetensorsTensor Tensor(string name, TensorLayout layout, Shape shape, double[] values) => new(name, layout.ToPyTorch(shape), layout.ToPyTorch(shape, values));
}
