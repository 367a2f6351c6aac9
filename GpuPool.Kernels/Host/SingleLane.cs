using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Host;

/// <summary>A vector of one element: host bodies over runs shorter than a register.</summary>
internal readonly unsafe struct SingleLane<T, R> : ILanes<T, T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public static bool IsDouble => R.IsDouble;

    public static int Count => 1;

    public static T Zero => T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of(double value) => R.Of(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Broadcast(T value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load(T* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* target, T value) => *target = value;

    // There is no half of one.
    public static void StoreHalf(T* target, T value) => throw new NotSupportedException();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Add(T a, T b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Subtract(T a, T b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Multiply(T a, T b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Divide(T a, T b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sqrt(T x) => R.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T MultiplyAdd(T a, T b, T c) => T.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Min(T a, T b) => a < b ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Max(T a, T b) => b < a ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T IfLess(T a, T b, T then, T otherwise) => a < b ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T AddExponent(T value, T magic) => R.AddExponent(value, magic);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exponent(T x) => R.Exponent(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Mantissa(T x) => R.Mantissa(x);

    public static T Sum(T value) => value;
}
