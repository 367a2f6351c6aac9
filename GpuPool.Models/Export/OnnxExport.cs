using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Export;

/// <summary>Writes a module as ONNX, from a trace of its forward pass.</summary>
internal static class OnnxExport
{
    /// <summary>Writes a file whose <c>input</c> is (N, C, H, W), and whose outputs have their channels before their rows as well.</summary>
    /// <param name="module">The module, with memory, in evaluation.</param>
    /// <param name="path">Where to. Weights too large for it lie beside it in <c>NAME.data</c>.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <param name="forward">What is run.</param>
    /// <param name="options">How it is written; null for the defaults.</param>
    /// <exception cref="OnnxException">The module is in training, or has a part without a form in ONNX; nothing was written.</exception>
    /// <exception cref="ShapeException">The image does not fit.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(Module module, string path, int height, int width, Func<Tensor, IReadOnlyList<Tensor>> forward, OnnxOptions? options)
    {
        options ??= new OnnxOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Opset, OnnxOptions.LeastOpset, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Opset, OnnxOptions.MostOpset, nameof(options));
        if (module.Training)
            throw new OnnxException("a network in training cannot be written as ONNX, whose batch norm keeps the biased variance where PyTorch and this library keep the unbiased one: set Training to false");
        if (!GradientMode.IsOn)
            throw new OnnxException("a network cannot be written as ONNX while GradientMode is off, as what it makes of weights alone is then gone before it is read");
        using ArrayScope scope = module.States.First().State.Value.Device.OpenScope();
        var trace = OnnxTrace.Of(module, new Shape(1, height, width, Network.ImageChannels), forward);
        new OnnxGraph(trace, options.Opset, options.Fold).Model(options.Batch, options.Metadata ?? new Dictionary<string, string>()).Write(path, options.MostInlineBytes);
    }
}
