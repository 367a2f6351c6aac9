using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Models;

/// <summary>Tensors that the released implementation wrote, in PyTorch's layout.</summary>
public sealed class Recorded(SafetensorsFile file)
{
    public static Recorded Open(string relativePath) => new(SafetensorsFile.Read(Shared.Require(relativePath)));

    public SafetensorsFile File => file;

    public bool Has(string name) => file.Entries.ContainsKey(name);

    public double Number(string key, double absent) =>
        file.Metadata.TryGetValue(key, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : absent;

    /// <summary>Activations as our (N, H, W, C).</summary>
    public DeviceArray Map(string name, DType type)
    {
        Shape nchw = file.Entries[name].Shape, shape = new(nchw[0], nchw[2], nchw[3], nchw[1]);
        return Devices.Cpu.Upload(shape, TensorLayout.Map.FromPyTorch(shape, file.Doubles(name)), type);
    }

    /// <summary>Norm of the difference between a map of ours and a recorded one, relative to the latter.</summary>
    public double MapError(DeviceArray actual, string name) =>
        OpCheck.RelativeError(TensorLayout.Map.ToPyTorch(actual.Shape, actual.ToDoubles()), file.Doubles(name));

    /// <summary>The worst relative error of the gradients of a module's parameters against those recorded, with the name.</summary>
    /// <param name="module">The module.</param>
    /// <param name="prefix">In front of the recorded names.</param>
    /// <param name="noise">
    /// A bias before a batch norm, and the key part of an attention's input bias, have no effect: their gradients are rounding errors, of at most this
    /// size in the record, and count by their absolute size.
    /// </param>
    public (double Error, string Name) WorstGradient(Module module, string prefix, double noise)
    {
        (double Error, string Name) worst = (0, "");
        foreach ((string name, ModuleState state) in module.States.Where(entry => entry.State.IsParameter && Has(prefix + entry.Name)))
        {
            double[] expected = file.Doubles(prefix + name), actual = state.Layout.ToPyTorch(state.Shape, ((Parameter)state.Value).Gradient!.ToDoubles());
            double error = Largest(expected) < noise ? Largest(actual) : OpCheck.RelativeError(actual, expected);
            if (error > worst.Error || double.IsNaN(error))
                worst = (error, name);
        }
        return worst;
    }

    // Enumerable.Max passes over NaN.
    private static double Largest(double[] values) => values.Aggregate(0.0, (largest, value) => Math.Max(largest, Math.Abs(value)));
}
