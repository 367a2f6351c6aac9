using System.Globalization;

namespace GpuPool.Models.Export;

/// <summary>How a network is written as ONNX.</summary>
/// <param name="Opset">Version of the standard operators, 17 to 23; from 23 on attention is one operator.</param>
/// <param name="Batch">Images that a run takes; null to leave it open.</param>
/// <param name="Fold">Whether a batch norm behind a convolution becomes part of its weights.</param>
/// <param name="Metadata">Free texts by name that the file carries.</param>
public sealed record OnnxOptions(int Opset = 17, int? Batch = null, bool Fold = false, IReadOnlyDictionary<string, string>? Metadata = null)
{
    /// <summary>The least <see cref="Opset"/>, the first with layer norm.</summary>
    public const int LeastOpset = 17;

    /// <summary>The largest <see cref="Opset"/>.</summary>
    public const int MostOpset = 23;

    /// <summary>Name of the images in the model.</summary>
    public const string InputName = "input";

    // A message of protocol buffers must have less than 2 GiB; nodes and texts have room in the rest.
    private const long MostBytes = 2_000_000_000;

    /// <summary>Name of an output in the model: <c>output</c>, or <c>output.0</c> and so on where there are several.</summary>
    public static string OutputName(int place, int outputs) => outputs == 1 ? "output" : string.Create(CultureInfo.InvariantCulture, $"output.{place}");

    /// <summary>Bytes of weights from which on they lie in a file of their own.</summary>
    internal long MostInlineBytes { get; init; } = MostBytes;
}
