using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>The equation of each op as its documentation has it, element by element of y, in plain loops.</summary>
public static partial class Equations
{
    public static IEnumerable<Scalar> Conv2d(Conv2d op, Map[] inputs, Shape y)
    {
        (Map x, Map w) = (inputs[0], inputs[1]);
        foreach ((int n, int i, int j) in Pixels(y))
        {
            List<(int, int, int, int)> taps = Taps(op.Window, x, i, j);
            for (int o = 0; o < y[3]; o++)
            {
                var sum = new Accumulator();
                if (inputs.Length > 2)
                    sum.Add(inputs[2][o]);
                foreach ((int k, int l, int row, int column) in taps)
                {
                    for (int c = 0; c < x.Shape[3]; c++)
                        sum.AddProduct(x[n, row, column, c], w[k, l, c, o]);
                }
                yield return sum.Total;
            }
        }
    }

    public static IEnumerable<Scalar> DepthwiseConv2d(DepthwiseConv2d op, Map[] inputs, Shape y)
    {
        (Map x, Map w) = (inputs[0], inputs[1]);
        foreach ((int n, int i, int j) in Pixels(y))
        {
            List<(int, int, int, int)> taps = Taps(op.Window, x, i, j);
            for (int c = 0; c < y[3]; c++)
            {
                var sum = new Accumulator();
                foreach ((int k, int l, int row, int column) in taps)
                    sum.AddProduct(x[n, row, column, c], w[k, l, c]);
                yield return sum.Total;
            }
        }
    }

    public static IEnumerable<Scalar> Linear(Linear op, Map[] inputs, Shape y)
    {
        foreach (Scalar[] row in inputs[0].Rows)
        {
            for (int o = 0; o < y.Channels; o++)
            {
                var sum = new Accumulator();
                if (inputs.Length > 2)
                    sum.Add(inputs[2][o]);
                for (int i = 0; i < row.Length; i++)
                    sum.AddProduct(row[i], inputs[1][i, o]);
                yield return sum.Total;
            }
        }
    }

    public static IEnumerable<Scalar> BatchProduct(BatchProduct op, Map[] inputs, Shape y)
    {
        (Map a, Map b) = (inputs[0], inputs[1]);
        int depth = a.Shape[op.Form == ProductForm.FirstTransposed ? 1 : 2];
        foreach ((int n, int row, int column) in Pixels(y))
        {
            var sum = new Accumulator();
            for (int k = 0; k < depth; k++)
                sum.AddProduct(op.Form == ProductForm.FirstTransposed ? a[n, k, row] : a[n, row, k], op.Form == ProductForm.SecondTransposed ? b[n, column, k] : b[n, k, column]);
            yield return sum.Total;
        }
    }

    public static IEnumerable<Scalar> Attention(Attention op, Map[] inputs, Shape y)
    {
        Map qkv = inputs[0];
        int length = y[1], depth = y[2] / op.Heads;
        for (int n = 0; n < y[0]; n++)
        {
            for (int i = 0; i < length; i++)
            {
                for (int head = 0; head < op.Heads; head++)
                {
                    int query = head * depth, key = y[2] + query, value = 2 * y[2] + query;
                    Scalar Weight(int j)
                    {
                        var product = new Accumulator();
                        for (int c = 0; c < depth; c++)
                            product.AddProduct(qkv[n, i, query + c], qkv[n, j, key + c]);
                        return Scalar.Exp(product.Total / Math.Sqrt(depth));
                    }
                    Scalar[] weights = [.. Enumerable.Range(0, length).Select(Weight)];
                    Scalar divisor = Scalar.Sum(weights);
                    for (int c = 0; c < depth; c++)
                    {
                        var sum = new Accumulator();
                        for (int j = 0; j < length; j++)
                            sum.AddProduct(weights[j], qkv[n, j, value + c]);
                        yield return sum.Total / divisor;
                    }
                }
            }
        }
    }

    public static IEnumerable<Scalar> FastGrnn(FastGrnn op, Map[] inputs, Shape y)
    {
        (Map x, Map w, Map u, Map gateBias, Map candidateBias) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]);
        (Scalar zeta, Scalar nu) = (Scalar.Sigmoid(inputs[5][0]), Scalar.Sigmoid(inputs[6][0]));
        (int outer, int windows, int inner) = Axis(y.WithChannels(1), op.Axis);
        Scalar[][] cells = [.. x.Rows];
        Scalar[] Next(Scalar[] cell, Scalar[] state) => [.. state.Select((own, unit) =>
        {
            var a = new Accumulator();
            for (int i = 0; i < cell.Length; i++)
                a.AddProduct(cell[i], w[i, unit]);
            for (int i = 0; i < state.Length; i++)
                a.AddProduct(state[i], u[i, unit]);
            Scalar gate = Scalar.Sigmoid(a.Total + gateBias[unit]), candidate = Scalar.Tanh(a.Total + candidateBias[unit]);
            return gate * own + (zeta * (1 - gate) + nu) * candidate;
        })];
        for (int block = 0; block < outer; block++)
        {
            for (int window = 0; window < windows; window++)
            {
                for (int line = 0; line < inner; line++)
                {
                    var state = new Scalar[y.Channels];
                    for (int step = 0; step < op.Length; step++)
                    {
                        int cell = window * op.Stride + (op.Reverse ? op.Length - 1 - step : step);
                        state = Next(cells[(block * x.Shape[op.Axis] + cell) * inner + line], state);
                    }
                    foreach (Scalar unit in state)
                        yield return unit;
                }
            }
        }
    }

    private static IEnumerable<(int N, int I, int J)> Pixels(Shape y)
    {
        for (int n = 0; n < y[0]; n++)
        {
            for (int i = 0; i < y[1]; i++)
            {
                for (int j = 0; j < y[2]; j++)
                    yield return (n, i, j);
            }
        }
    }

    // The places of a window that lie on the map.
    private static List<(int K, int L, int Row, int Column)> Taps(Window window, Map x, int i, int j)
    {
        var taps = new List<(int, int, int, int)>();
        for (int k = 0; k < window.Size.Height; k++)
        {
            for (int l = 0; l < window.Size.Width; l++)
            {
                int row = i * window.Stride.Height + k * window.Dilation.Height - window.Padding.Height;
                int column = j * window.Stride.Width + l * window.Dilation.Width - window.Padding.Width;
                if (x.Holds(row, column))
                    taps.Add((k, l, row, column));
            }
        }
        return taps;
    }
}
