namespace GpuPool.Kernels;

/// <summary>An operand does not have the shape its op needs. The message names op, operand, the rule in letters and the actual shape.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <summary>For example <c>MaxPool2d: x must be (N, H, W, C) with H >= 3, but is (2, 2, 9, 3).</c></summary>
    public ShapeException(string message) : base(message) { }

    /// <summary>In which way the shape is wrong.</summary>
    public ShapeFault Fault { get; init; }
}
