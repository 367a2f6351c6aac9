using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Goes from b to a as a gate opens, element by element.</summary>
/// <remarks>
/// Equation: y = g a + (1 - g) b. Gradient: da = dy g; db = dy (1 - g); dg = dy (a - b).
/// Shapes: a, b, g, y are equal, of any rank.
/// Units: g is meant to be between 0 and 1, but any value is taken. Where the gate is closed to a or b, an infinity or NaN in it does not pass.
/// </remarks>
public sealed record Blend : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 3, 3);
        Require.Same(Name, "b", inputs[1], inputs[0], "the shape of a");
        Require.Same(Name, "the gate", inputs[2], inputs[0], "the shape of a");
        return inputs[0];
    }

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new BlendForward<T, R>
    {
        A = call.Input(0).View<T>(),
        B = call.Input(1).View<T>(),
        Gate = call.Input(2).View<T>(),
        Y = call.Output.View<T>(),
    });

    internal override void Backward<T, R>(BackwardCall call) => call.Device.Launch(new BlendBackward<T, R>
    {
        A = call.Input(0).View<T>(),
        B = call.Input(1).View<T>(),
        Gate = call.Input(2).View<T>(),
        OutputGradient = call.OutputGradient.View<T>(),
        AGradient = call.GradientIfWanted<T>(0),
        BGradient = call.GradientIfWanted<T>(1),
        GateGradient = call.GradientIfWanted<T>(2),
    });
}

/// <summary>One thread: one element of y.</summary>
internal partial struct BlendForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> A, B, Gate, Y;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index) => Y[index] = Weighted.Product<T, R>(Gate[index], A[index]) + Weighted.Product<T, R>(R.Of(1) - Gate[index], B[index]);
}

/// <summary>One thread: one element of each gradient that is wanted.</summary>
internal partial struct BlendBackward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> A, B, Gate, OutputGradient, AGradient, BGradient, GateGradient;

    public readonly int Count => OutputGradient.IntLength;

    public readonly void Run(int index)
    {
        T dy = OutputGradient[index];
        if (AGradient.IntLength > 0)
            AGradient[index] = Weighted.Product<T, R>(Gate[index], dy);
        if (BGradient.IntLength > 0)
            BGradient[index] = Weighted.Product<T, R>(R.Of(1) - Gate[index], dy);
        if (GateGradient.IntLength > 0)
            GateGradient[index] = dy * (A[index] - B[index]);
    }
}
