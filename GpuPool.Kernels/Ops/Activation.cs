using System.Numerics;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>The activation behind a batch norm or a convolution: the identity between two bounds.</summary>
public enum Activation
{
    /// <summary>y = x</summary>
    None,

    /// <summary>y = max(x, 0)</summary>
    Relu,

    /// <summary>y = min(max(x, 0), 6)</summary>
    Relu6,
}

/// <summary>The bounds of an activation.</summary>
internal static class ActivationBounds
{
    public static T Lower<T, R>(this Activation activation) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        activation == Activation.None ? R.Of(double.NegativeInfinity) : T.Zero;

    public static T Upper<T, R>(this Activation activation) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        activation == Activation.Relu6 ? R.Of(6) : R.Of(double.PositiveInfinity);
}
