using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>
/// Weights and pictures of whole detectors, which are too large to be recorded: value k of tensor i is offset + scale (2 u - 1), rounded to float32, with
/// u = (splitmix64(2^32 i + k) >> 40) / 2^24 (Steele, Lea and Flood, 2014).
/// </summary>
internal static class RuledValues
{
    private const int ImageTensor = 1_000_000;

    // Released MobileNets carry a classifier that their detectors do not use.
    private const string Unused = "backbone.net.classifier.";

    /// <summary>Gives a detector its weights, and the running statistics that are recorded.</summary>
    /// <exception cref="GpuPoolException">They are those of another detector (11).</exception>
    public static void LoadRuled(this Recording recording, Detector detector)
    {
        var states = detector.States.ToDictionary(entry => entry.Name, entry => entry.State);
        JsonElement[][] tensors = recording.Json<JsonElement[][]>("weights");
        for (int tensor = 0; tensor < tensors.Length; tensor++)
        {
            string name = tensors[tensor][0].GetString()!;
            if (name.StartsWith(Unused, StringComparison.Ordinal))
                continue;
            var shape = new Shape(tensors[tensor][1].Deserialize<int[]>()!);
            if (!states.Remove(name, out ModuleState? state) || state.Layout.ToPyTorch(state.Shape) != shape)
                throw recording.Corrupt($"the detector has no weight '{name}' {shape}");
            double[] values = Values(tensor, shape.Count, tensors[tensor][2].GetDouble(), tensors[tensor][3].GetDouble());
            state.Value.Value.CopyFrom(state.Layout.FromPyTorch(state.Shape, values));
        }
        foreach ((string name, ModuleState state) in states)
            state.Value.Value.CopyFrom(recording.Values(Recording.State + name));
    }

    /// <summary>Normalised pictures in our layout.</summary>
    public static Tensor RuledImages(this Recording recording, Device device, DType type)
    {
        int[] extents = recording.Json<int[]>("image");
        var shape = new Shape(extents[0], extents[2], extents[3], extents[1]);
        return Tensor.Leaf(device.Upload(shape, TensorLayout.Map.FromPyTorch(shape, Values(ImageTensor, shape.Count, 0, 2)), type));
    }

    private static double[] Values(int tensor, int count, double offset, double scale)
    {
        double[] values = new double[count];
        for (int index = 0; index < count; index++)
            values[index] = (float)(offset + scale * (2 * Uniform(((ulong)tensor << 32) + (ulong)index) - 1));
        return values;
    }

    private static double Uniform(ulong place)
    {
        ulong z = place + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 40) / (double)(1 << 24);
    }
}
