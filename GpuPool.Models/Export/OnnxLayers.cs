using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Export;

/// <summary>Layers with weights, products and norms.</summary>
internal static class OnnxLayers
{
    /// <summary>A dense convolution.</summary>
    public static void Convolution(Conv2d op, OnnxCall call) => Convolution(call, op.Window, TensorLayout.Convolution, groups: 1);

    /// <summary>A convolution of each channel.</summary>
    public static void Depthwise(DepthwiseConv2d op, OnnxCall call) => Convolution(call, op.Window, TensorLayout.DepthwiseConvolution, call.Output.Channels);

    /// <summary>A matrix product.</summary>
    public static void Linear(Linear op, OnnxCall call)
    {
        string x = call.Plain(0), w = call.Plain(1);
        if (call.Output.Rank == 2)
        {
            call.PutPlain(call.Node("Gemm", call.Count > 2 ? [x, w, call.Plain(2)] : [x, w]));
            return;
        }
        string product = call.Node("MatMul", [x, w]);
        call.PutPlain(call.Count > 2 ? call.Node("Add", [product, call.Plain(2)]) : product);
    }

    /// <summary>Running statistics, with residual and activation.</summary>
    public static void BatchNorm(BatchNorm op, OnnxCall call)
    {
        bool isMap = call.Output.Rank == 4;
        Func<int, string> operand = isMap ? call.Map : call.Plain;
        string y = operand(0);
        if (!call.IsFolded())
        {
            BatchNormStatistics statistics = op.Statistics;
            y = call.Node(
                "BatchNormalization", [y, call.Plain(1), call.Plain(2), call.Statistic(statistics.Mean), call.Statistic(statistics.Variance)],
                ("epsilon", (float)statistics.Epsilon));
        }
        if (call.Count > 3)
            y = call.Node("Add", [y, operand(3)]);
        y = OnnxElements.Activation(call, op.Activation, y);
        if (isMap)
            call.PutMap(y);
        else
            call.PutPlain(y);
    }

    /// <summary>Statistics of each channel of each image.</summary>
    public static void InstanceNorm(InstanceNorm op, OnnxCall call) =>
        call.PutMap(call.Node("InstanceNormalization", [call.Map(0), call.Plain(1), call.Plain(2)], ("epsilon", (float)op.Epsilon)));

    /// <summary>Statistics of each row.</summary>
    public static void LayerNorm(LayerNorm op, OnnxCall call) =>
        call.PutPlain(call.Node("LayerNormalization", [call.Plain(0), call.Plain(1), call.Plain(2)], ("axis", -1), ("epsilon", (float)op.Epsilon)));

    /// <summary>Rows of length 1.</summary>
    public static void UnitNorm(UnitNorm op, OnnxCall call)
    {
        string x = call.Plain(0), squares = call.Node("ReduceSum", [call.Node("Mul", [x, x]), call.Integers(-1)], ("keepdims", 1));
        call.PutPlain(call.Node("Div", [x, call.Node("Max", [call.Node("Sqrt", [squares]), call.Number(op.Epsilon)])]));
    }

    /// <summary>The tables of rows and columns as one map, which is the same for all images.</summary>
    public static void PositionEmbedding(PositionEmbedding op, OnnxCall call)
    {
        (int height, int width, int channels) = (call.Output[1], call.Output[2], call.Output[3]);
        float[] row = call.Values(1), column = call.Values(2), places = new float[channels * height * width];
        int half = channels / 2;
        for (int place = 0; place < height * width; place++)
        {
            for (int channel = 0; channel < half; channel++)
            {
                places[channel * height * width + place] = column[place % width * half + channel];
                places[(half + channel) * height * width + place] = row[place / width * half + channel];
            }
        }
        call.PutMap(call.Node("Add", [call.Map(0), call.Floats([1, channels, height, width], places)]));
    }

    /// <summary>Self-attention: one operator where the opset has it, else products and a softmax.</summary>
    public static void Attention(Attention op, OnnxCall call)
    {
        (int length, int width) = (call.Output[1], call.Output[2]);
        int depth = width / op.Heads;
        string[] parts = call.Nodes("Split", 3, [call.Plain(0), call.Integers(width, width, width)], ("axis", 2));
        float scale = (float)(1 / Math.Sqrt(depth));
        if (call.Opset >= 23)
        {
            call.PutPlain(call.Node("Attention", parts, ("q_num_heads", op.Heads), ("kv_num_heads", op.Heads), ("scale", scale)));
            return;
        }
        string Heads(string tokens, params int[] order) =>
            call.Node("Transpose", [call.Node("Reshape", [tokens, call.Integers(-1, length, op.Heads, depth)])], ("perm", order));
        string query = call.Node("Mul", [Heads(parts[0], 0, 2, 1, 3), call.Number(scale)]);
        string weights = call.Node("Softmax", [call.Node("MatMul", [query, Heads(parts[1], 0, 2, 3, 1)])], ("axis", -1));
        string attended = call.Node("MatMul", [weights, Heads(parts[2], 0, 2, 1, 3)]);
        call.PutPlain(call.Node("Reshape", [call.Node("Transpose", [attended], ("perm", new[] { 0, 2, 1, 3 })), call.Integers(-1, length, width)]));
    }

    /// <summary>A product of each pair of matrices.</summary>
    public static void BatchProduct(BatchProduct op, OnnxCall call)
    {
        string Transposed(string matrix, bool isTransposed) => isTransposed ? call.Node("Transpose", [matrix], ("perm", new[] { 0, 2, 1 })) : matrix;
        call.PutPlain(call.Node(
            "MatMul",
            [Transposed(call.PlainOperand(0), op.Form == ProductForm.FirstTransposed), Transposed(call.PlainOperand(1), op.Form == ProductForm.SecondTransposed)]));
    }

    /// <summary>A cell that sweeps windows, step by step for all windows at once.</summary>
    public static void FastGrnn(FastGrnn op, OnnxCall call)
    {
        int axis = op.Axis < 0 ? op.Axis + call.Output.Rank : op.Axis;
        string projected = call.Node("MatMul", [call.Plain(0), call.Plain(1)]), zeta = call.Number(Sigmoid(call.Values(5)[0])), nu = call.Number(Sigmoid(call.Values(6)[0]));
        string one = call.Number(1);
        string? state = null;
        for (int step = 0; step < op.Length; step++)
        {
            int first = op.Reverse ? op.Length - 1 - step : step;
            string sum = OnnxShapes.Run(call, projected, axis, first, first + (call.Output[axis] - 1) * op.Stride + 1, op.Stride);
            if (state is not null)
                sum = call.Node("Add", [sum, call.Node("MatMul", [state, call.Plain(2)])]);
            string gate = call.Node("Sigmoid", [call.Node("Add", [sum, call.Plain(3)])]), candidate = call.Node("Tanh", [call.Node("Add", [sum, call.Plain(4)])]);
            string share = call.Node("Add", [call.Node("Mul", [zeta, call.Node("Sub", [one, gate])]), nu]);
            string written = call.Node("Mul", [share, candidate]);
            state = state is null ? written : call.Node("Add", [call.Node("Mul", [gate, state]), written]);
        }
        call.PutPlain(state!);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static void Convolution(OnnxCall call, Window window, TensorLayout layout, int groups)
    {
        float[] weights = call.Values(1);
        float[]? bias = call.Count > 2 ? call.Values(2) : null;
        if (call.Folded() is { } norm)
        {
            (weights, bias) = (norm.Weights(weights), norm.Bias(bias));
            call.MarkFolded();
        }
        string w = call.Weight(1, layout.ToPyTorch(call.Shape(1)).Extents.ToArray(), layout.ToPyTorch(call.Shape(1), weights));
        string[] inputs = bias is null ? [call.Map(0), w] : [call.Map(0), w, call.Floats([bias.Length], bias)];
        call.PutMap(call.Node("Conv", inputs, [.. OnnxPools.Attributes(window), ("dilations", new[] { window.Dilation.Height, window.Dilation.Width }), ("group", groups)]));
    }
}
