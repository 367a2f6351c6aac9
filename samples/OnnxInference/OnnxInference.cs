using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using Microsoft.ML.OnnxRuntime;

namespace GpuPool.Samples;

/// <summary>A network written as ONNX, and run by ONNX Runtime beside the library itself.</summary>
public static class OnnxInference
{
    private const int Size = 64;

    /// <summary>Compares the two.</summary>
    /// <param name="args">The file to write; <c>network.onnx</c> by default.</param>
    /// <returns>0 where they agree.</returns>
    public static int Main(string[] args)
    {
        string file = args.FirstOrDefault("network.onnx");
        using Device device = DeviceChoice.Auto.Open();
        using var network = Network.Create(device, Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121"), new NetworkOptions(Classes: 10, Width: 0.35, Seed: 1));
        network.ExportOnnx(file, Size, Size);

        using ArrayScope scope = device.OpenScope();
        using IDisposable off = GradientMode.Off();
        float[] pixels = [.. Enumerable.Range(0, Size * Size * 3).Select(place => MathF.Sin(place))];
        float[] ours = network.Call(Tensor.Leaf(device.Upload(new Shape(1, Size, Size, 3), pixels))).Value.ToFloats();

        // ONNX has channels before rows.
        float[] planes = [.. from channel in Enumerable.Range(0, 3) from place in Enumerable.Range(0, Size * Size) select pixels[3 * place + channel]];
        using var session = new InferenceSession(file);
        using var input = OrtValue.CreateTensorValueFromMemory(planes, [1, 3, Size, Size]);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, ["input"], [input], ["output"]);
        float[] theirs = outputs[0].GetTensorDataAsSpan<float>().ToArray();

        float difference = ours.Zip(theirs, (a, b) => MathF.Abs(a - b)).Max() / ours.Max(MathF.Abs);
        Console.WriteLine(FormattableString.Invariant($"{file}: largest difference {difference:E1} of the largest logit"));
        return difference < 1e-4f ? 0 : 1;
    }
}
