using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Export;

/// <summary>Pooling: ONNX's own operators where they are the same, else means of windows, or the cells of each window side by side.</summary>
internal static class OnnxPools
{
    /// <summary>Size, step and padding of a window as ONNX has them.</summary>
    /// <param name="window">The window.</param>
    /// <param name="beyond">Rows and columns that the last windows reach beyond the padding, where a remainder has a window of its own.</param>
    public static (string, object)[] Attributes(Window window, Axes? beyond = null)
    {
        (int bottom, int right) = (window.Padding.Height + (beyond?.Height ?? 0), window.Padding.Width + (beyond?.Width ?? 0));
        return
        [
            ("kernel_shape", new[] { window.Size.Height, window.Size.Width }),
            ("strides", new[] { window.Stride.Height, window.Stride.Width }),
            ("pads", new[] { window.Padding.Height, window.Padding.Width, bottom, right }),
        ];
    }

    /// <summary>The largest value. Padding is the operator's own: as one of its own it would be of zeros, which win over negative values.</summary>
    public static void Maximum(MaxPool2d op, OnnxCall call) => call.PutMap(call.Node("MaxPool", [call.Map(0)], Attributes(op.Window, Beyond(op.Window, call))));

    /// <summary>The mean.</summary>
    public static void Average(AveragePool2d op, OnnxCall call)
    {
        if (!op.Window.Ceil)
        {
            call.PutMap(Mean(call, call.Map(0), op.Window, op.CountsPadding));
            return;
        }
        // The whole window divides in the operator; what it should have been is multiplied in.
        Axes beyond = Beyond(op.Window, call);
        string mean = call.Node("AveragePool", [call.Map(0)], [.. Attributes(op.Window, beyond), ("count_include_pad", 1)]);
        float[] factors = Windows(call, (row, column) =>
            op.Window.Size.Area / (float)(Cells(row, op.Window.Size.Height, op.Window.Stride.Height, op.Window.Padding.Height, call.Shape(0)[1], op.CountsPadding)
                * Cells(column, op.Window.Size.Width, op.Window.Stride.Width, op.Window.Padding.Width, call.Shape(0)[2], op.CountsPadding)));
        call.PutMap(factors.All(factor => factor == 1) ? mean : call.Node("Mul", [mean, call.Floats([1, 1, call.Output[1], call.Output[2]], factors)]));
    }

    /// <summary>Means of as many windows as wanted: of equal ones, or as two products with the shares that cells have in them.</summary>
    public static void Adaptive(AdaptiveAveragePool2d op, OnnxCall call)
    {
        (int height, int width) = (call.Shape(0)[1], call.Shape(0)[2]);
        if (height % op.Height == 0 && width % op.Width == 0)
        {
            Axes size = new(height / op.Height, width / op.Width);
            call.PutMap(Mean(call, call.Map(0), new Window(size, size), countsPadding: true));
            return;
        }
        string rows = call.Node("MatMul", [call.Floats([op.Height, height], Shares(height, op.Height, isTransposed: false)), call.Map(0)]);
        call.PutMap(call.Node("MatMul", [rows, call.Floats([width, op.Width], Shares(width, op.Width, isTransposed: true))]));
    }

    /// <summary>The mean of a map.</summary>
    public static void Global(GlobalAveragePool op, OnnxCall call) => call.PutPlain(call.Node("Reshape", [call.Node("GlobalAveragePool", [call.Map(0)]), call.Target()]));

    /// <summary>The weighted mean, as a quotient of two means.</summary>
    public static void Weighted(WeightedPool2d op, OnnxCall call)
    {
        string x = call.Map(0), weight = call.Map(1);
        if (op.Sigmoid)
            weight = call.Node("Sigmoid", [weight]);
        if (op.Gain != 1)
            weight = call.Node("Mul", [weight, call.Number(op.Gain)]);
        if (op.Exponential)
            weight = call.Node("Exp", [weight]);
        string sum = Mean(call, call.Node("Mul", [weight, x]), op.Window, countsPadding: true);
        call.PutMap(op.Normalise ? call.Node("Div", [sum, Mean(call, weight, op.Window, countsPadding: true)]) : sum);
    }

    /// <summary>Mean and deviations, the latter of differences from the mean as here: a difference of squares would lose them to rounding.</summary>
    public static void Gaussian(GaussianPool2d op, OnnxCall call)
    {
        const double LeastVariance = 1e-6, MeanOfNormal = 0.79788456080286536;
        string x = call.Map(0), mean = Mean(call, x, op.Window, countsPadding: true);
        string difference = call.Node("Sub", [Cells(call, x, op.Window), Column(call, mean)]);
        string variance = call.Node("Mul", [SumOfCells(call, call.Node("Mul", [difference, difference])), call.Number(1.0 / op.Window.Size.Area)]);
        string deviation = call.Node("Sqrt", [call.Node("Max", [variance, call.Number(LeastVariance)])]), weight = call.Node("Softplus", [call.Map(1)]);
        if (op.Weight == GaussianWeight.HalfGaussian)
            weight = call.Node("Mul", [weight, call.Number(MeanOfNormal)]);
        call.PutMap(call.Node("Add", [mean, call.Node("Mul", [weight, deviation])]));
    }

    /// <summary>The power mean, of shares in the largest magnitude. ONNX's LpPool takes one whole number for p, and sums.</summary>
    public static void Power(LpPool2d op, OnnxCall call)
    {
        // Below every magnitude that is not 0 and has a reciprocal.
        const double Least = 1e-37;
        double[] exponents = [.. call.Values(1).Select(rho => Math.Min(1 + Math.Log(1 + Math.Exp(rho)), op.Largest))];
        string Exponent(Func<double, double> of, params int[] extents) => call.Floats(extents, [.. exponents.Select(exponent => (float)of(exponent))]);
        int channels = exponents.Length;
        string magnitude = call.Node("Abs", [call.Map(0)]), largest = call.Node("MaxPool", [magnitude], Attributes(op.Window));
        string share = call.Node("Div", [Cells(call, magnitude, op.Window), call.Node("Max", [Column(call, largest), call.Number(Least)])]);
        string power = SumOfCells(call, call.Node("Pow", [share, Exponent(p => p, 1, channels, 1, 1)]));
        string mean = call.Node("Mul", [power, call.Number(1.0 / op.Window.Size.Area)]);
        call.PutMap(call.Node("Mul", [largest, call.Node("Pow", [mean, Exponent(p => 1 / p, 1, channels, 1, 1)])]));
    }

    /// <summary>The mean that keeps details: cells weigh more the farther they are from the reference.</summary>
    public static void Detail(DetailPreservingPool2d op, OnnxCall call)
    {
        const double LeastSquare = 1e-3, MostAlpha = 10;
        int channels = call.Output.Channels, windows = call.Output[1] * call.Output[2];
        string PerChannel(int operand, Func<double, double> of) => call.Floats([1, channels, 1, 1], [.. call.Values(operand).Select(value => (float)of(value))]);
        string cells = Cells(call, call.Map(0), op.Window), detail = call.Node("Sub", [cells, Column(call, call.Map(1))]);
        if (!op.Symmetric)
            detail = call.Node("Relu", [detail]);
        string square = call.Node("Add", [call.Node("Mul", [detail, detail]), call.Number(LeastSquare)]);
        // Padding has no cells: they are counted and weighed with 0.
        string? mask = null;
        string count = call.Number(op.Window.Size.Area), counted = square;
        if (op.Window.Padding != 0)
        {
            float[] isCell = IsCell(call, op.Window);
            mask = call.Floats([1, 1, op.Window.Size.Area, windows], isCell);
            count = call.Floats([1, 1, 1, windows], [.. Enumerable.Range(0, windows).Select(window => Enumerable.Range(0, op.Window.Size.Area).Sum(cell => isCell[cell * windows + window]))]);
            counted = call.Node("Mul", [square, mask]);
        }
        string mean = call.Node("Div", [call.Node("ReduceSum", [counted, call.Integers(2)], ("keepdims", 1)), count]);
        string contrast = call.Node("Pow", [call.Node("Div", [square, mean]), PerChannel(3, lambda => Math.Exp(lambda) / 2)]);
        string weight = call.Node("Add", [contrast, PerChannel(2, alpha => Math.Exp(Math.Min(alpha, MostAlpha)))]);
        if (mask is not null)
            weight = call.Node("Mul", [weight, mask]);
        call.PutMap(call.Node("Div", [SumOfCells(call, call.Node("Mul", [weight, cells])), SumOfCells(call, weight)]));
    }

    private static string Mean(OnnxCall call, string x, Window window, bool countsPadding) =>
        call.Node("AveragePool", [x], [.. Attributes(window), ("count_include_pad", countsPadding ? 1 : 0)]);

    // The cells of each window side by side, (N, C, cells, windows), zeros in the padding: a convolution whose kernels have a single 1.
    private static string Cells(OnnxCall call, string x, Window window)
    {
        int cells = window.Size.Area;
        Shape map = call.Shape(0);
        float[] ones = new float[cells * cells];
        for (int cell = 0; cell < cells; cell++)
            ones[cell * cells + cell] = 1;
        string channels = call.Node("Reshape", [x, call.Integers(-1, 1, map[1], map[2])]);
        string apart = call.Node("Conv", [channels, call.Floats([cells, 1, window.Size.Height, window.Size.Width], ones)], Attributes(window));
        return call.Node("Reshape", [apart, call.Integers(-1, map.Channels, cells, call.Output[1] * call.Output[2])]);
    }

    // A map of the output as (N, C, 1, windows).
    private static string Column(OnnxCall call, string y) => call.Node("Reshape", [y, call.Integers(-1, call.Output.Channels, 1, call.Output[1] * call.Output[2])]);

    // (N, C, cells, windows) added up, as a map.
    private static string SumOfCells(OnnxCall call, string cells) => call.Node(
        "Reshape",
        [call.Node("ReduceSum", [cells, call.Integers(2)], ("keepdims", 0)), call.Integers(-1, call.Output.Channels, call.Output[1], call.Output[2])]);

    // Which cells of (cells, windows) lie on the map.
    private static float[] IsCell(OnnxCall call, Window window)
    {
        (int height, int width, int rows, int columns) = (call.Shape(0)[1], call.Shape(0)[2], call.Output[1], call.Output[2]);
        float[] isCell = new float[window.Size.Area * rows * columns];
        for (int index = 0; index < isCell.Length; index++)
        {
            int cell = index / (rows * columns), row = index / columns % rows, column = index % columns;
            int y = row * window.Stride.Height - window.Padding.Height + cell / window.Size.Width, x = column * window.Stride.Width - window.Padding.Width + cell % window.Size.Width;
            isCell[index] = y >= 0 && y < height && x >= 0 && x < width ? 1 : 0;
        }
        return isCell;
    }

    private static float[] Windows(OnnxCall call, Func<int, int, float> of) =>
        [.. from row in Enumerable.Range(0, call.Output[1]) from column in Enumerable.Range(0, call.Output[2]) select of(row, column)];

    // How far the last window reaches beyond the padding.
    private static Axes Beyond(Window window, OnnxCall call)
    {
        int Beyond(int extent, int windows, int size, int stride, int padding) => Math.Max(0, (windows - 1) * stride + size - extent - 2 * padding);
        return new(
            Beyond(call.Shape(0)[1], call.Output[1], window.Size.Height, window.Stride.Height, window.Padding.Height),
            Beyond(call.Shape(0)[2], call.Output[2], window.Size.Width, window.Stride.Width, window.Padding.Width));
    }

    // Cells of a window along one axis, with or without those in the padding; none beyond it.
    private static int Cells(int window, int size, int stride, int padding, int extent, bool countsPadding)
    {
        int margin = countsPadding ? padding : 0, start = window * stride - padding;
        return Math.Min(start + size, extent + margin) - Math.Max(start, -margin);
    }

    // (to, from): the share that each cell has in each mean; or its transpose.
    private static float[] Shares(int from, int to, bool isTransposed)
    {
        float[] shares = new float[from * to];
        for (int mean = 0; mean < to; mean++)
        {
            int first = mean * from / to, end = ((mean + 1) * from + to - 1) / to;
            for (int cell = first; cell < end; cell++)
                shares[isTransposed ? cell * to + mean : mean * from + cell] = 1f / (end - first);
        }
        return shares;
    }
}
