using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Export;

/// <summary>
/// An ONNX graph while the rules write it. ONNX's convolutions and pools want channels before rows, ours come last: each tensor has a name in the layout in which it was made, and
/// gets one in the other where that is first asked for. So maps stay channels first from the image to the last of them.
/// </summary>
internal sealed class OnnxGraph(OnnxTrace trace, int opset, bool folds)
{
    private readonly List<OnnxNode> _nodes = [];
    private readonly Dictionary<string, OnnxConstant> _constants = [];
    private readonly Dictionary<(DeviceArray, bool IsMap), string> _constantNames = [];
    private readonly Dictionary<Tensor, string> _plain = [], _maps = [];
    private readonly Dictionary<string, int> _names = [];
    private readonly HashSet<Tensor> _folded = [];
    private string _layer = "";

    /// <summary>What is written.</summary>
    public OnnxTrace Trace => trace;

    /// <summary>Version of the standard operators.</summary>
    public int Opset => opset;

    /// <summary>Whether a batch norm behind a convolution becomes part of its weights.</summary>
    public bool Folds => folds;

    /// <summary>Writes everything.</summary>
    /// <param name="batch">Images of a run; null to leave it open.</param>
    /// <param name="metadata">Free texts by name.</param>
    public OnnxModel Model(int? batch, IReadOnlyDictionary<string, string> metadata)
    {
        _maps[trace.Input] = Unique(OnnxOptions.InputName);
        foreach (TracedOp op in trace.Ops)
        {
            _layer = trace.Layer(op);
            if (!OnnxRules.All.TryGetValue(op.Op.GetType(), out Action<OnnxCall>? rule))
                throw new OnnxException($"'{_layer}': {op.Op.Name} has no form in ONNX here");
            rule(new OnnxCall(this, op));
        }
        Dictionary<string, string> renamed = [];
        OnnxValue[] outputs = [.. trace.Outputs.Select((tensor, place) =>
        {
            string name = OnnxOptions.OutputName(place, trace.Outputs.Count);
            renamed[tensor.Shape.Rank == 4 ? Map(tensor) : Plain(tensor)] = name;
            return new OnnxValue(name, Extents(tensor, batch));
        })];
        OnnxNode[] nodes = [.. Needed(renamed.Keys).Select(node => node with { Inputs = Renamed(node.Inputs), Outputs = Renamed(node.Outputs) })];
        HashSet<string> read = [.. nodes.SelectMany(node => node.Inputs)];
        return new OnnxModel(
            opset, nodes, [.. _constants.Values.Where(constant => read.Contains(constant.Name))], [new OnnxValue(OnnxOptions.InputName, Extents(trace.Input, batch))], outputs, metadata);

        string[] Renamed(IReadOnlyList<string> names) => [.. names.Select(name => renamed.GetValueOrDefault(name, name))];
    }

    /// <summary>Adds an operator of one output.</summary>
    /// <returns>Name of its output.</returns>
    public string Node(string type, string[] inputs, params (string, object)[] attributes) => Nodes(type, 1, inputs, attributes)[0];

    /// <summary>Adds an operator of several outputs.</summary>
    public string[] Nodes(string type, int outputs, string[] inputs, params (string, object)[] attributes)
    {
        string[] names = [.. Enumerable.Range(0, outputs).Select(_ => Unique($"{_layer}/{type}"))];
        _nodes.Add(new OnnxNode(type, inputs, names, attributes));
        return names;
    }

    /// <summary>Adds numbers.</summary>
    public string Constant(IReadOnlyList<int> extents, Array values, string? name = null)
    {
        name = Unique(name ?? $"{_layer}/constant");
        _constants.Add(name, new OnnxConstant(name, extents, values));
        return name;
    }

    /// <summary>The name of an array that does not depend on the image, which is added once in each layout.</summary>
    public string Constant(DeviceArray array, bool isMap)
    {
        if (_constantNames.TryGetValue((array, isMap), out string? name))
            return name;
        TensorLayout layout = isMap ? TensorLayout.Map : TensorLayout.Plain;
        name = Constant(layout.ToPyTorch(array.Shape).Extents.ToArray(), layout.ToPyTorch(array.Shape, array.ToFloats()), trace.State(array));
        return _constantNames[(array, isMap)] = name;
    }

    /// <summary>The name of a tensor in our layout.</summary>
    public string Plain(Tensor tensor)
    {
        if (!trace.IsComputed(tensor))
            return Constant(tensor.Value, isMap: false);
        if (!_plain.TryGetValue(tensor, out string? name))
            _plain[tensor] = name = Node("Transpose", [_maps.GetValueOrDefault(tensor) ?? throw Missing()], ("perm", new[] { 0, 2, 3, 1 }));
        return name;
    }

    /// <summary>The name of a map with its channels before its rows.</summary>
    public string Map(Tensor tensor)
    {
        if (!trace.IsComputed(tensor))
            return Constant(tensor.Value, isMap: true);
        if (!_maps.TryGetValue(tensor, out string? name))
            _maps[tensor] = name = Node("Transpose", [_plain.GetValueOrDefault(tensor) ?? throw Missing()], ("perm", new[] { 0, 3, 1, 2 }));
        return name;
    }

    /// <summary>Whether a tensor was made with its channels before its rows.</summary>
    public bool IsMap(Tensor tensor) => _maps.ContainsKey(tensor);

    /// <summary>Whether the batch norm behind a convolution is part of its weights.</summary>
    public bool IsFolded(Tensor tensor) => _folded.Contains(tensor);

    /// <summary>Says that it is.</summary>
    public void MarkFolded(Tensor tensor) => _folded.Add(tensor);

    /// <summary>Gives a tensor its name.</summary>
    public void Put(Tensor tensor, string name, bool isMap) => (isMap ? _maps : _plain).Add(tensor, name);

    private OnnxException Missing() => new($"'{_layer}': it reads a constant for each image, which would fix their number");

    private string Unique(string name)
    {
        int used = _names[name] = _names.GetValueOrDefault(name) + 1;
        return used == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{used}");
    }

    // A rule may have written what then was asked for in another form.
    private List<OnnxNode> Needed(IEnumerable<string> outputs)
    {
        HashSet<string> needed = [.. outputs];
        List<OnnxNode> kept = [];
        for (int index = _nodes.Count - 1; index >= 0; index--)
        {
            if (!_nodes[index].Outputs.Any(needed.Contains))
                continue;
            kept.Add(_nodes[index]);
            needed.UnionWith(_nodes[index].Inputs);
        }
        kept.Reverse();
        return kept;
    }

    private static int?[] Extents(Tensor tensor, int? batch)
    {
        Shape shape = tensor.Shape.Rank == 4 ? TensorLayout.Map.ToPyTorch(tensor.Shape) : tensor.Shape;
        return [batch, .. shape.Extents[1..].ToArray().Select(extent => (int?)extent)];
    }
}
