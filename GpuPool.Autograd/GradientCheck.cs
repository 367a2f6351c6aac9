using System.Globalization;
using GpuPool.Kernels;

namespace GpuPool.Autograd;

/// <summary>
/// Compares gradients with central differences in float64: for a fixed random weighting f = sum w y, each element's df/dx against
/// (f(x + h) - f(x - h)) / 2h. Inputs must keep clear of kinks and ties by more than the step.
/// </summary>
/// <param name="Step">h; curvature costs h^2 / 6 third derivatives, some 1e-11, and rounding 1e-16 / h, as much, for each output that moves.</param>
/// <param name="Absolute">Allowed absolute difference.</param>
/// <param name="Relative">Allowed difference relative to the larger of the two.</param>
/// <param name="MostElements">Elements checked of each input, spread evenly; a big input is sampled.</param>
public sealed record GradientCheck(double Step = 1e-5, double Absolute = 1e-8, double Relative = 1e-6, int MostElements = 64)
{
    /// <summary>Returns null if all gradients agree, else a line that names the worst element.</summary>
    /// <param name="device">Where to compute.</param>
    /// <param name="function">The function under test; called again for each element, it must compute the same each time.</param>
    /// <param name="inputs">Shape and values of each input; every one is differentiated.</param>
    public string? Run(Device device, Func<Tensor[], Tensor> function, params (Shape Shape, double[] Values)[] inputs)
    {
        using ArrayScope scope = device.OpenScope();
        Tensor[] leaves = [.. inputs.Select(input => Tensor.Leaf(device.Upload(input.Shape, input.Values, DType.Float64), requiresGradient: true))];
        Tensor y = function(leaves);
        double[] weights = Weights(y.Shape.Count);
        y.Backward(device.Upload(y.Shape, weights, DType.Float64));
        string? worst = null;
        double worstExcess = 0;
        for (int index = 0; index < inputs.Length; index++)
        {
            int count = inputs[index].Values.Length;
            double[] gradient = leaves[index].Gradient?.ToDoubles() ?? new double[count];
            leaves[index].Gradient?.Dispose();
            for (int sample = 0; sample < Math.Min(count, MostElements); sample++)
            {
                int element = count <= MostElements ? sample : (int)((long)sample * count / MostElements);
                double difference = Difference(device, function, inputs, index, element, weights);
                double excess = Math.Abs(gradient[element] - difference) / (Absolute + Relative * Math.Max(Math.Abs(difference), Math.Abs(gradient[element])));
                if (excess > 1 && excess > worstExcess || double.IsNaN(excess))
                {
                    worstExcess = double.IsNaN(excess) ? double.MaxValue : excess;
                    worst = string.Create(CultureInfo.InvariantCulture,
                        $"input {index} {inputs[index].Shape}, element {element}: gradient {gradient[element]:G10}, central difference {difference:G10}");
                }
            }
        }
        return worst;
    }

    private double Difference(
        Device device, Func<Tensor[], Tensor> function, (Shape Shape, double[] Values)[] inputs, int index, int element, double[] weights)
    {
        double[] Shifted(double step)
        {
            using ArrayScope scope = device.OpenScope();
            using IDisposable off = GradientMode.Off();
            Tensor[] leaves = new Tensor[inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                double[] values = inputs[i].Values;
                if (i == index)
                {
                    values = [.. values];
                    values[element] += step;
                }
                leaves[i] = Tensor.Leaf(device.Upload(inputs[i].Shape, values, DType.Float64));
            }
            return function(leaves).Value.ToDoubles();
        }
        // Outputs that do not move must not round the sum of those that do.
        double[] above = Shifted(Step), below = Shifted(-Step);
        return weights.Select((weight, output) => weight * (above[output] - below[output])).Sum() / (2 * Step);
    }

    // Fixed and irregular: differences between outputs must not cancel.
    private static double[] Weights(int count) => [.. Enumerable.Range(0, count).Select(i => 0.5 + Math.Abs(Math.Sin(12.9898 * (i + 1))))];
}
