using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Pooling;

namespace GpuPool.Experiments.Parity;

/// <summary>Replays one call of one pooling module: output, gradients of input and weights, running statistics.</summary>
internal static class ModuleReplay
{
    /// <summary>Largest relative error in float64: sums in another order.</summary>
    public const double Float64Tolerance = 1e-9;

    /// <summary>Largest relative error in float32.</summary>
    public const double Float32Tolerance = 1e-4;

    // Recorded in float64, so a gradient this small beside that of the input is one that vanishes in exact arithmetic.
    private const double Vanishing = 1e-12;

    /// <summary>The method of a recorded module, <c>nlp</c> of <c>nlp-p2-s4</c>; null if there is none of this name.</summary>
    public static PoolingMethod? Method(string module) =>
        PoolingMethod.All.FirstOrDefault(method => method.Word == module.Split('-')[0] && !method.IsStrided);

    /// <summary>The module of a recording, without memory.</summary>
    public static Module Create(Recording recording, PoolingMethod method)
    {
        var options = new SelfAttentiveOptions(
            Patch: recording.Number("patch_size", fallback: 1),
            ChannelRatio: recording.Number("dim_reduced_ratio", fallback: 1.0),
            Heads: recording.Number("num_heads", fallback: 2),
            Normalise: recording.Text("win_norm") != "false",
            Upsampling: Interpolation.Nearest);
        return method.Create(new PoolingSite(recording.Number<int>("in_channels"), recording.Number<int>("stride"), options, Noise: false));
    }

    /// <summary>Replays the call in an element type and returns the worst tensor.</summary>
    public static ReplayedTensor Run(Device device, Recording recording, PoolingMethod method, DType type)
    {
        using ArrayScope scope = device.OpenScope();
        using Module module = Create(recording, method);
        module.Allocate(device, type);
        recording.LoadState(module);
        module.Training = recording.Required("mode") == "train";
        Tensor x = recording.Map(device, "input", type);
        Tensor y = module.Call(x);
        y.Backward(recording.Map(device, "grad_output", type).Value);
        double[] dx = x.Gradient!.ToDoubles(), inputGradient = recording.Values("grad.input");
        x.Gradient.Dispose();

        double tolerance = type == DType.Float64 ? Float64Tolerance : Float32Tolerance, scale = ReplayedTensor.Norm(inputGradient);
        return ReplayedTensor.Worst(
        [
            new ReplayedTensor("output", TensorLayout.Map.ToPyTorch(y.Shape, y.Value.ToDoubles()), recording.Values("output"), tolerance),
            new ReplayedTensor("grad.input", TensorLayout.Map.ToPyTorch(x.Shape, dx), inputGradient, tolerance),
            .. recording.Gradients(module, tolerance, _ => (Vanishing * scale, scale)),
            .. recording.Statistics(module, tolerance),
        ]);
    }
}
