using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Ops;

/// <summary>Convolution in plain C#: visits every product of the sums and knows neither blocks nor phases.</summary>
public static class ConvolutionOracle
{
    /// <summary>y of x (N, H, W, C) and w (kh, kw, C, O).</summary>
    public static double[] Forward(Window window, Shape x, double[] values, Shape w, double[] weights)
    {
        double[] y = new double[window.Output("oracle", x, w[3]).Count];
        Visit(window, x, w, (input, weight, output) => y[output] += values[input] * weights[weight]);
        return y;
    }

    /// <summary>dx and dw of dy.</summary>
    public static (double[] Input, double[] Weight) Backward(Window window, Shape x, double[] values, Shape w, double[] weights, double[] outputGradient)
    {
        double[] dx = new double[x.Count], dw = new double[w.Count];
        Visit(window, x, w, (input, weight, output) =>
        {
            dx[input] += outputGradient[output] * weights[weight];
            dw[weight] += outputGradient[output] * values[input];
        });
        return (dx, dw);
    }

    // Element numbers of x, w and y for every product.
    private static void Visit(Window window, Shape x, Shape w, Action<int, int, int> product)
    {
        Shape y = window.Output("oracle", x, w[3]);
        for (int output = 0; output < y.Count; output++)
        {
            int o = output % y[3], j = output / y[3] % y[2], i = output / y[3] / y[2] % y[1], n = output / y[3] / y[2] / y[1];
            for (int tap = 0; tap < w[0] * w[1]; tap++)
            {
                int row = i * window.Stride.Height + tap / w[1] * window.Dilation.Height - window.Padding.Height;
                int column = j * window.Stride.Width + tap % w[1] * window.Dilation.Width - window.Padding.Width;
                if (row < 0 || row >= x[1] || column < 0 || column >= x[2])
                    continue;
                for (int c = 0; c < x[3]; c++)
                    product(((n * x[1] + row) * x[2] + column) * x[3] + c, (tap * x[3] + c) * y[3] + o, output);
            }
        }
    }
}
