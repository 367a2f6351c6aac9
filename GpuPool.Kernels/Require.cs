namespace GpuPool.Kernels;

/// <summary>One vocabulary of shape checks. Each throws a <see cref="ShapeException"/> that names op, operand, rule and actual shape.</summary>
public static class Require
{
    /// <summary><paramref name="shape"/> must have as many axes as <paramref name="axes"/> names, such as <c>N, H, W, C</c>.</summary>
    public static void Rank(string op, string operand, Shape shape, string axes)
    {
        if (shape.Rank != axes.Split(',').Length)
            throw new ShapeException($"{op}: {operand} must be ({axes}), but is {shape}.");
    }

    /// <summary><paramref name="shape"/> must be <paramref name="expected"/>; <paramref name="rule"/> says it in letters.</summary>
    public static void Same(string op, string operand, Shape shape, Shape expected, string rule)
    {
        if (shape != expected)
            throw new ShapeException($"{op}: {operand} must be {rule} = {expected}, but is {shape}.");
    }

    /// <summary>Any rule; <paramref name="rule"/> says it in letters, and <paramref name="fault"/> in which way it is broken.</summary>
    public static void That(bool condition, string op, string operand, Shape shape, string rule, ShapeFault fault = ShapeFault.Form)
    {
        if (!condition)
            throw new ShapeException($"{op}: {operand} must be {rule}, but is {shape}.") { Fault = fault };
    }

    /// <summary>Two arrays must be on one device and of one element type.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    public static void Together(string op, DeviceArray first, DeviceArray second)
    {
        if (second.DType != first.DType || second.Device != first.Device)
        {
            throw new ArgumentException(
                $"{op}: all arrays must share one device and one element type, but are {first.DType} on {first.Device.Name} and {second.DType} on {second.Device.Name}.");
        }
    }

    /// <summary>An op takes exactly this number of inputs.</summary>
    public static void Inputs(string op, ReadOnlySpan<Shape> inputs, int atLeast, int atMost)
    {
        if (inputs.Length < atLeast || inputs.Length > atMost)
            throw new ShapeException($"{op}: takes {(atLeast == atMost ? $"{atLeast}" : $"{atLeast} to {atMost}")} inputs, but got {inputs.Length}.");
    }
}
