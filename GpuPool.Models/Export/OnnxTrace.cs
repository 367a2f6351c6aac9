using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Export;

/// <summary>
/// One forward pass of one image as it was computed, so that all that does not depend on the image is there as numbers, and beside it the shapes for two images, which tell
/// the axes that grow with their number.
/// </summary>
internal sealed class OnnxTrace
{
    private readonly Dictionary<Tensor, Shape> _doubled = [];
    private readonly Dictionary<Tensor, Tensor> _repeated = [];
    private readonly HashSet<Tensor> _computed;
    private readonly ILookup<Tensor, TracedOp> _readers;
    private readonly Dictionary<object, string> _parts;
    private readonly Dictionary<DeviceArray, string> _states;

    private OnnxTrace(Module module, Pass pass, Pass doubled)
    {
        (Input, Outputs) = (pass.Input, pass.Outputs);
        foreach ((TracedOp op, TracedOp twin) in pass.Ops.Zip(doubled.Ops))
        {
            foreach ((Tensor tensor, Tensor other) in op.Inputs.Append(op.Output).Zip(twin.Inputs.Append(twin.Output)))
                _doubled[tensor] = other.Shape;
            if (op.Op is Kernels.Ops.Broadcast)
                _repeated[op.Output] = op.Inputs[0];
        }
        _computed = [Input];
        Ops = [.. pass.Ops.Where(op => op.Inputs.Any(_computed.Contains) && _computed.Add(op.Output))];
        _readers = Ops.SelectMany(op => op.Inputs.Distinct().Select(input => (input, op))).ToLookup(pair => pair.input, pair => pair.op);
        _parts = module.Modules.ToDictionary(entry => (object)entry.Module, entry => entry.Name);
        _states = module.States.ToDictionary(entry => entry.State.Value.Value, entry => entry.Name);
    }

    /// <summary>The image.</summary>
    public Tensor Input { get; }

    /// <summary>What is made of it.</summary>
    public IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>The ops that depend on the image, in the order in which they ran.</summary>
    public IReadOnlyList<TracedOp> Ops { get; }

    /// <summary>Runs a module in evaluation. Its tensors live until the scope that is open on the device ends.</summary>
    /// <param name="module">The module, with memory.</param>
    /// <param name="image">Shape of one image, (1, H, W, C).</param>
    /// <param name="forward">What is run.</param>
    /// <exception cref="OnnxException">The image does not fit.</exception>
    public static OnnxTrace Of(Module module, Shape image, Func<Tensor, IReadOnlyList<Tensor>> forward)
    {
        DeviceArray first = module.States.First().State.Value.Value;
        Pass doubled, pass;
        using (module.OnShapes())
            doubled = Run(forward, Device.ShapeOnly.Allocate(new Shape([2, .. image.Extents[1..]])), module);
        pass = Run(forward, first.Device.Upload(image, new float[image.Count], first.DType), module);
        return new OnnxTrace(module, pass, doubled);
    }

    /// <summary>Whether a tensor depends on the image.</summary>
    public bool IsComputed(Tensor tensor) => _computed.Contains(tensor);

    /// <summary>Takes an output that depends on no value of the image for the constant that it is.</summary>
    public void TakeForConstant(Tensor tensor) => _computed.Remove(tensor);

    /// <summary>The shape for two images.</summary>
    public Shape Doubled(Tensor tensor) => _doubled[tensor];

    /// <summary>What a tensor repeats, for an operator that repeats by itself.</summary>
    public Tensor Unrepeated(Tensor tensor) => _repeated.GetValueOrDefault(tensor, tensor);

    /// <summary>The only op that reads a tensor; null where there are more, or it is an output.</summary>
    public TracedOp? OnlyReader(Tensor tensor) => _readers[tensor].ToArray() is [var reader] && !Outputs.Contains(tensor) ? reader : null;

    /// <summary>The tensor of the module that an array is; null for another one.</summary>
    public string? State(DeviceArray array) => _states.GetValueOrDefault(array);

    /// <summary>The part of the module in which an op runs.</summary>
    public string Layer(TracedOp op) => Layer(_parts, op);

    private static string Layer(Dictionary<object, string> parts, TracedOp op) => op.Frame is { } frame ? parts[frame.Owner] : "";

    private static Pass Run(Func<Tensor, IReadOnlyList<Tensor>> forward, DeviceArray image, Module module)
    {
        using Trace trace = Trace.Begin();
        try
        {
            Tensor input = Tensor.Leaf(image);
            return new Pass(input, forward(input), trace.Ops);
        }
        catch (ShapeException exception) when (trace.Ops.Count > 0)
        {
            string layer = Layer(module.Modules.ToDictionary(entry => (object)entry.Module, entry => entry.Name), trace.Ops[^1]);
            throw new OnnxException($"behind '{layer}': {exception.Message}", exception);
        }
    }

    private sealed record Pass(Tensor Input, IReadOnlyList<Tensor> Outputs, IReadOnlyList<TracedOp> Ops);
}
