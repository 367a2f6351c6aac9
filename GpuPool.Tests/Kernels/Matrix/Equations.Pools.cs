using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;
using GpuPool.Kernels.Ops;
using GpuPool.Tests.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Matrix;

public static partial class Equations
{
    public static IEnumerable<Scalar> MaxPool2d(MaxPool2d op, Map[] inputs, Shape y) => PoolOracle.Forward(op.Window, inputs[0].Shape, cells =>
        Scalar.Max(cells.Select(cell => inputs[0][cell])));

    public static IEnumerable<Scalar> AveragePool2d(AveragePool2d op, Map[] inputs, Shape y)
    {
        int[] divisors = PoolOracle.PaddedCells(op.Window, inputs[0].Shape);
        int index = 0;
        return PoolOracle.Forward(op.Window, inputs[0].Shape, cells =>
        {
            int divisor = divisors[index++];
            return Scalar.Sum(cells.Select(cell => inputs[0][cell])) / (op.CountsPadding ? divisor : cells.Count);
        });
    }

    public static IEnumerable<Scalar> GlobalAveragePool(GlobalAveragePool op, Map[] inputs, Shape y)
    {
        Shape x = inputs[0].Shape;
        int pixels = x[1] * x[2];
        return from n in Enumerable.Range(0, x[0])
               from c in Enumerable.Range(0, x[3])
               select Scalar.Sum(Enumerable.Range(0, pixels).Select(pixel => inputs[0][(n * pixels + pixel) * x[3] + c])) / pixels;
    }

    public static IEnumerable<Scalar> AdaptiveAveragePool2d(AdaptiveAveragePool2d op, Map[] inputs, Shape y)
    {
        Shape x = inputs[0].Shape;
        // Cells whose part of the length meets that of the window, counted in units of 1 / (extent windows).
        static int[] Cells(int window, int windows, int extent) =>
            [.. Enumerable.Range(0, extent).Where(cell => cell * windows < (window + 1) * extent && (cell + 1) * windows > window * extent)];
        return from n in Enumerable.Range(0, x[0])
               from i in Enumerable.Range(0, op.Height)
               from j in Enumerable.Range(0, op.Width)
               let rows = Cells(i, op.Height, x[1])
               let columns = Cells(j, op.Width, x[2])
               from c in Enumerable.Range(0, x[3])
               select Scalar.Sum(rows.SelectMany(row => columns, (row, column) => inputs[0][((n * x[1] + row) * x[2] + column) * x[3] + c]))
                   / (rows.Length * columns.Length);
    }

    public static IEnumerable<Scalar> WeightedPool2d(WeightedPool2d op, Map[] inputs, Shape y) => PoolOracle.Forward(op.Window, inputs[0].Shape, cells =>
    {
        Scalar Weight(int cell)
        {
            Scalar score = op.Gain * (op.Sigmoid ? Scalar.Sigmoid(inputs[1][cell]) : inputs[1][cell]);
            return op.Exponential ? Scalar.Exp(score) : score;
        }
        Scalar[] weights = [.. cells.Select(Weight)];
        return Scalar.Sum(cells.Select((cell, place) => weights[place] * inputs[0][cell])) / (op.Normalise ? Scalar.Sum(weights) : op.Window.Size.Area);
    });

    public static IEnumerable<Scalar> LpPool2d(LpPool2d op, Map[] inputs, Shape y)
    {
        Scalar[] exponents = [.. inputs[1].Values.Select(rho => Scalar.Clamp(1 + Scalar.Softplus(rho), double.NegativeInfinity, op.Largest))];
        int index = 0;
        return PoolOracle.Forward(op.Window, inputs[0].Shape, cells =>
        {
            Scalar p = exponents[index++ % exponents.Length];
            return Scalar.Power(Scalar.Sum(cells.Select(cell => Scalar.Power(Scalar.Abs(inputs[0][cell]), p))) / op.Window.Size.Area, 1 / p);
        });
    }

    public static IEnumerable<Scalar> GaussianPool2d(GaussianPool2d op, Map[] inputs, Shape y)
    {
        double area = op.Window.Size.Area;
        int index = 0, image = y[1] * y[2] * y[3];
        return PoolOracle.Forward(op.Window, inputs[0].Shape, cells =>
        {
            int element = index++, pixel = element / image * y[3] + element % y[3];
            Scalar[] window = [.. cells.Select(cell => inputs[0][cell]), .. Enumerable.Repeat((Scalar)0, (int)area - cells.Count)];
            Scalar mean = Scalar.Sum(window) / area;
            Scalar variance = Scalar.Sum(window.Select(value => (value - mean) * (value - mean))) / area;
            double draw = op.Noise == PoolingNoise.None
                ? op.Weight == GaussianWeight.Softplus ? 0 : Math.Sqrt(2 / Math.PI)
                : Philox.Normal(op.Seed, op.Stream, op.Step, (uint)(op.Noise == PoolingNoise.Element ? element : pixel));
            Scalar mu = inputs[1][pixel];
            Scalar weight = op.Weight == GaussianWeight.HalfGaussian
                ? Scalar.Softplus(mu) * Math.Abs(draw)
                : Scalar.Softplus(inputs.Length > 2 ? mu + inputs[2][pixel] * draw : mu);
            return mean + weight * Scalar.Sqrt(Scalar.Clamp(variance, 1e-6, double.PositiveInfinity));
        });
    }

    public static IEnumerable<Scalar> DetailPreservingPool2d(DetailPreservingPool2d op, Map[] inputs, Shape y)
    {
        int index = 0;
        return PoolOracle.Forward(op.Window, inputs[0].Shape, cells =>
        {
            int channel = index % y[3];
            Scalar reference = inputs[1][index++], power = Scalar.Exp(inputs[3][channel]) / 2, least = Scalar.Exp(Scalar.Clamp(inputs[2][channel], double.NegativeInfinity, 10));
            Scalar[] squares = [.. cells.Select(cell =>
            {
                Scalar detail = op.Symmetric ? inputs[0][cell] - reference : Scalar.Clamp(inputs[0][cell] - reference, 0, double.PositiveInfinity);
                return detail * detail + 1e-3;
            })];
            Scalar mean = Scalar.Mean(squares);
            Scalar[] weights = [.. squares.Select(square => Scalar.Power(square / mean, power) + least)];
            return Scalar.Sum(cells.Select((cell, place) => weights[place] * inputs[0][cell])) / Scalar.Sum(weights);
        });
    }

    /// <summary>A draw has no slope.</summary>
    public static IEnumerable<Scalar> MixedChoice(MixedChoice op, Map[] inputs, Shape y)
    {
        double[] counts = op.Counts.ToDoubles();
        return Enumerable.Range(0, y.Count).Select(index => (Scalar)(op.Training
            ? Philox.Bits(op.Seed, op.Stream, op.Step, (uint)index) & 1
            : counts[index % y[3] * 2 + 1] >= counts[index % y[3] * 2] ? 1 : 0));
    }
}
