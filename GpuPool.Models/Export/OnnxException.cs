namespace GpuPool.Models.Export;

/// <summary>A network that cannot be written as ONNX. The message is one line: the layer and why.</summary>
public sealed class OnnxException : Exception
{
    internal OnnxException(string message, Exception? inner = null) : base(message, inner) { }
}
