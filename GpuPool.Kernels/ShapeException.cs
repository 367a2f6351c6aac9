namespace GpuPool.Kernels;

/// <summary>An operand does not have the shape its op needs. The message names op, operand, the rule in letters and the actual shape.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <summary>For example <c>MaxPool2d: x must be (N, H, W, C) with H >= 3, but is (2, 2, 9, 3).</c></summary>
    public ShapeException(string message) : base(message) { }

    /// <summary>Whether the shape is larger than any array may be, and not of another form than asked for.</summary>
    public bool IsTooLarge { get; init; }
}
