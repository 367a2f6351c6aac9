using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Pooling;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Models;

/// <summary>Each pooling module against the released implementation: output, gradients, running statistics.</summary>
public sealed class PoolingParityTests
{
    private static readonly string[] _modules =
    [
        "maxp", "avgp", "lip", "gaussian_pool", "attnpool", "nlp-p1", "nlp-p2-nowin", "nlp-p2-s2-is-average", "nlp-p2-s4", "nlp-p4-r025-nowin",
        "nlpnoexp", "nlpnosigmoid", "nlpnope", "nlpnobn1", "nlpnobn2",
    ];

    private static Body[] Bodies => Body.Ptx;

    [Test]
    public void Float64_agrees([ValueSource(nameof(_modules))] string module, [Values("train", "eval")] string mode) =>
        Check(module, mode, DType.Float64, 1e-9);

    [Test]
    public void Float32_agrees([ValueSource(nameof(_modules))] string module, [Values("train", "eval")] string mode) =>
        Check(module, mode, DType.Float32, 1e-4);

    [Test]
    public void Code_for_cuda_agrees([ValueSource(nameof(_modules))] string module, [Values("train", "eval")] string mode, [ValueSource(nameof(Bodies))] Body body) => body.Run(_ =>
    {
        Check(module, mode, DType.Float64, 1e-9);
        Check(module, mode, DType.Float32, 1e-4);
    });

    private static void Check(string name, string mode, DType type, double tolerance)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Recorded recorded = Recorded.Open($"golden/pooling/{name}-{mode}.safetensors");
        using Module module = Create(recorded, name);
        module.Allocate(Devices.Cpu, type);
        module.Training = mode == "train";
        Weights.Load(module, recorded.File, "state.");
        Tensor x = Tensor.Leaf(recorded.Map("input", type), requiresGradient: true);
        Tensor y = module.Call(x);
        Assert.That(recorded.MapError(y.Value, "output"), Is.NoMoreThan(tolerance), "output");
        y.Backward(recorded.Map("grad_output", type));
        Assert.That(recorded.MapError(x.Gradient!, "grad.input"), Is.NoMoreThan(tolerance), "gradient of the input");
        (double error, string worst) = recorded.WorstGradient(module, "grad.", noise: 1e-12);
        Assert.That(error, Is.NoMoreThan(tolerance), $"gradient of {worst}");
        foreach ((string buffer, DeviceArray array) in module.Buffers.Where(entry => recorded.Has($"after.{entry.Name}")))
            Assert.That(OpCheck.RelativeError(array.ToDoubles(), recorded.File.Doubles($"after.{buffer}")), Is.NoMoreThan(tolerance), buffer);
    }

    /// <summary>The module of a recording, without memory.</summary>
    public static Module Create(Recorded recorded, string name)
    {
        string word = name.Split('-')[0];
        var options = new SelfAttentiveOptions(
            (int)recorded.Number("patch_size", 1), recorded.Number("dim_reduced_ratio", 1), (int)recorded.Number("num_heads", 2),
            !recorded.File.Metadata.TryGetValue("win_norm", out string? normalise) || normalise == "true", Interpolation.Nearest);
        var site = new PoolingSite((int)recorded.Number("in_channels", 0), (int)recorded.Number("stride", 0), options, Noise: false);
        return PoolingMethod.All.Single(method => method.Word == word).Create(site);
    }
}
