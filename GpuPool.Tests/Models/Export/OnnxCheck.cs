using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Export;
using GpuPool.Tests.Experiments;
using Microsoft.ML.OnnxRuntime;

namespace GpuPool.Tests.Models.Export;

/// <summary>Writes modules as ONNX and lets ONNX Runtime compute them.</summary>
public static class OnnxCheck
{
    /// <summary>What an export may differ by, relative to the largest output.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Gives every tensor values that matter: running statistics, gates and masks start at 0 or 1 and would hide a mistake.</summary>
    public static void Scatter(Module module, int seed = 1)
    {
        foreach ((string name, ModuleState state) in module.States)
        {
            DeviceArray array = state.Value.Value;
            double[] values = array.ToDoubles(), noise = Draw.Normal(values.Length, seed++);
            bool isCount = name.EndsWith("counts", StringComparison.Ordinal), isVariance = name.EndsWith("running_var", StringComparison.Ordinal);
            if (isCount || !state.IsParameter || state.Layout == TensorLayout.Plain)
                array.CopyFrom([.. values.Zip(noise, (value, draw) => isCount ? Math.Floor(10 * Math.Abs(draw)) : isVariance ? value + 0.5 * Math.Abs(draw) : value + 0.1 * draw)]);
        }
    }

    /// <summary>The largest difference between ONNX Runtime and us, relative to the largest output, over images and batches.</summary>
    public static double Difference(Module module, Action<string, int, int, OnnxOptions> export, int height, int width, OnnxOptions? options = null, int[]? batches = null, int rounds = 1)
    {
        using var folder = new TemporaryFolder();
        string file = folder["network.onnx"];
        export(file, height, width, options ?? new OnnxOptions());
        using var session = Session(file);
        double worst = 0;
        foreach (int batch in batches ?? [options?.Batch ?? 2])
        {
            for (int round = 0; round < rounds; round++)
                worst = Math.Max(worst, Difference(module, session, new Shape(batch, height, width, Network.ImageChannels), round));
        }
        return worst;
    }

    /// <summary>A session with what ONNX Runtime does by default, in one thread.</summary>
    public static InferenceSession Session(string file)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        return new InferenceSession(file, options);
    }

    /// <summary>Outputs of a session, in the order of the model.</summary>
    public static float[][] Run(InferenceSession session, int[] extents, float[] input)
    {
        using var value = OrtValue.CreateTensorValueFromMemory(input, [.. extents.Select(extent => (long)extent)]);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, session.InputNames, [value], session.OutputNames);
        return [.. outputs.Select(output => output.GetTensorDataAsSpan<float>().ToArray())];
    }

    private static double Difference(Module module, InferenceSession session, Shape shape, int seed)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using IDisposable off = GradientMode.Off();
        float[] images = [.. Draw.Normal(shape.Count, seed).Select(value => (float)value)];
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(shape, images));
        IReadOnlyList<Tensor> expected = module is GpuPool.Models.Detection.Detector detector ? detector.Maps(x) : [module.Call(x)];
        float[][] outputs = Run(session, TensorLayout.Map.ToPyTorch(shape).Extents.ToArray(), TensorLayout.Map.ToPyTorch(shape, images));
        return expected.Zip(outputs, Relative).Max();
    }

    private static double Relative(Tensor expected, float[] actual)
    {
        float[] ours = expected.Value.ToFloats();
        if (expected.Shape.Rank == 4)
            ours = TensorLayout.Map.ToPyTorch(expected.Shape, ours);
        Assert.That(actual, Has.Length.EqualTo(ours.Length));
        double largest = ours.Max(Math.Abs), difference = ours.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max();
        Assert.That(double.IsFinite(largest) && largest > 0, "the outputs are finite and not all 0");
        return difference / largest;
    }
}
