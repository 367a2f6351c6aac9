using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Export;

/// <summary>One op while its rule writes it.</summary>
internal sealed class OnnxCall(OnnxGraph graph, TracedOp traced)
{
    private readonly bool _isMap = traced.Output.Shape.Rank == 4 && traced.Inputs.Any(graph.IsMap);

    /// <summary>The op.</summary>
    public Op Op => traced.Op;

    /// <summary>Version of the standard operators.</summary>
    public int Opset => graph.Opset;

    /// <summary>Number of operands.</summary>
    public int Count => traced.Inputs.Count;

    /// <summary>Shape of the output for one image.</summary>
    public Shape Output => traced.Output.Shape;

    /// <summary>Shape of an operand for one image.</summary>
    public Shape Shape(int operand) => traced.Inputs[operand].Shape;

    /// <summary>Whether an operand depends on the image.</summary>
    public bool IsComputed(int operand) => graph.Trace.IsComputed(traced.Inputs[operand]);

    /// <summary>The elements of an operand that does not depend on the image.</summary>
    public float[] Values(int operand) => IsComputed(operand)
        ? throw new OnnxException($"'{graph.Trace.Layer(traced)}': {Op.Name} has a weight that depends on the image, which has no form in ONNX here")
        : traced.Inputs[operand].Value.ToFloats();

    /// <summary>An operand in our layout.</summary>
    public string Plain(int operand) => graph.Plain(Alike(traced.Inputs[operand]));

    /// <summary>An operand with its channels before its rows.</summary>
    public string Map(int operand) => graph.Map(Alike(traced.Inputs[operand]));

    /// <summary>For an operator that repeats its operands along axes of one element: an operand in the layout of <see cref="Put"/>.</summary>
    public string Operand(int operand)
    {
        Tensor tensor = graph.Trace.Unrepeated(traced.Inputs[operand]);
        return _isMap ? graph.Map(tensor) : graph.Plain(tensor);
    }

    /// <summary>As <see cref="Operand"/>, in our layout.</summary>
    public string PlainOperand(int operand) => graph.Plain(graph.Trace.Unrepeated(traced.Inputs[operand]));

    /// <summary>For an operator that takes either layout and repeats nothing: an operand in the layout of <see cref="Put"/>.</summary>
    public string Either(int operand) => _isMap ? Map(operand) : Plain(operand);

    /// <summary>Number of one of our axes in the layout of <see cref="Put"/>; negative ones count from the end.</summary>
    public int Axis(int axis)
    {
        axis = axis < 0 ? axis + traced.Inputs[0].Shape.Rank : axis;
        return !_isMap || axis == 0 ? axis : axis == 3 ? 1 : axis + 1;
    }

    /// <summary>The extents of the output as a target of Reshape: -1 for the axis that grows with the number of images.</summary>
    public string Target()
    {
        Shape doubled = graph.Trace.Doubled(traced.Output);
        int[] growing = [.. Enumerable.Range(0, Output.Rank).Where(axis => Output[axis] != doubled[axis])];
        if (growing.Length > 1)
            throw new OnnxException($"'{graph.Trace.Layer(traced)}': {growing.Length} axes of {Output} grow with the number of images, which has no form in ONNX here");
        return Integers([.. Enumerable.Range(0, Output.Rank).Select(axis => growing.Contains(axis) ? -1 : Output[axis])]);
    }

    /// <summary>Adds an operator.</summary>
    public string Node(string type, string[] inputs, params (string, object)[] attributes) => graph.Node(type, inputs, attributes);

    /// <summary>Adds an operator of several outputs.</summary>
    public string[] Nodes(string type, int outputs, string[] inputs, params (string, object)[] attributes) => graph.Nodes(type, outputs, inputs, attributes);

    /// <summary>Adds numbers.</summary>
    public string Floats(IReadOnlyList<int> extents, float[] values) => graph.Constant(extents, values);

    /// <summary>Adds a weight in another layout than ours.</summary>
    public string Weight(int operand, IReadOnlyList<int> extents, float[] values) => graph.Constant(extents, values, graph.Trace.State(traced.Inputs[operand].Value));

    /// <summary>A running statistic.</summary>
    public string Statistic(DeviceArray array) => graph.Constant(array, isMap: false);

    /// <summary>Adds a number.</summary>
    public string Number(double value) => graph.Constant([], new[] { (float)value });

    /// <summary>Adds whole numbers.</summary>
    public string Integers(params int[] values) => graph.Constant([values.Length], Array.ConvertAll(values, value => (long)value));

    /// <summary>Names the output in our layout.</summary>
    public void PutPlain(string name) => graph.Put(traced.Output, name, false);

    /// <summary>Names the output with its channels before its rows.</summary>
    public void PutMap(string name) => graph.Put(traced.Output, name, true);

    /// <summary>Names the output in the layout of the operands.</summary>
    public void Put(string name) => graph.Put(traced.Output, name, _isMap);

    /// <summary>The output depends on no value of the image: it is the constant that was computed.</summary>
    public void PutConstant() => graph.Trace.TakeForConstant(traced.Output);

    /// <summary>The batch norm that takes this convolution's output and nobody else does, where it is to become part of the weights.</summary>
    public NormCoefficients? Folded() =>
        graph.Folds && graph.Trace.OnlyReader(traced.Output) is { Op: Kernels.Ops.BatchNorm norm } reader && reader.Inputs[0] == traced.Output ? NormCoefficients.Of(norm, reader) : null;

    /// <summary>Whether the first operand's convolution has taken this batch norm into its weights.</summary>
    public bool IsFolded() => graph.IsFolded(traced.Inputs[0]);

    /// <summary>Says that the output has its batch norm already.</summary>
    public void MarkFolded() => graph.MarkFolded(traced.Output);

    // ONNX would take a constant that was made for one image for all of them; an operator that repeats nothing cannot.
    private Tensor Alike(Tensor tensor) => graph.Trace.IsComputed(tensor) || graph.Trace.Doubled(tensor) == tensor.Shape
        ? tensor
        : throw new OnnxException($"'{graph.Trace.Layer(traced)}': {Op.Name} reads a constant for each image, which would fix their number");
}
