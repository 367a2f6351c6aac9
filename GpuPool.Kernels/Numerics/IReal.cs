using ILGPU;
using ILGPU.Algorithms;

namespace GpuPool.Kernels.Numerics;

/// <summary>Scalar arithmetic that portable kernels need beyond the operators of the element type; it compiles for every accelerator.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal interface IReal<T> : IFormula<T> where T : unmanaged
{
    /// <summary>An integer as T.</summary>
    static abstract T Of(int value);

    /// <summary>The whole part of a number between -2^31 and 2^31; of another one any integer.</summary>
    static abstract int Truncate(T value);

    /// <summary>The number in float64.</summary>
    static abstract double ToDouble(T value);
}

/// <summary>float32 arithmetic.</summary>
internal readonly struct Real32 : IReal<float>
{
    /// <inheritdoc/>
    public static bool IsDouble => false;

    /// <inheritdoc/>
    public static float Of(int value) => value;

    /// <inheritdoc/>
    public static int Truncate(float value) => (int)value;

    /// <inheritdoc/>
    public static double ToDouble(float value) => value;

    /// <inheritdoc/>
    public static float Of(double value) => (float)value;

    /// <inheritdoc/>
    public static float Add(float a, float b) => a + b;

    /// <inheritdoc/>
    public static float Subtract(float a, float b) => a - b;

    /// <inheritdoc/>
    public static float Multiply(float a, float b) => a * b;

    /// <inheritdoc/>
    public static float Divide(float a, float b) => a / b;

    /// <inheritdoc/>
    public static float Sqrt(float x) => XMath.Sqrt(x);

    // The second condition says that b is a number. ILGPU turns a comparison around where its left side is a constant, and then calls it true for NaN.
    /// <inheritdoc/>
    public static float IfLess(float a, float b, float then, float otherwise) => a < b & !float.IsNaN(b) ? then : otherwise;

    /// <inheritdoc/>
    public static float AddExponent(float value, float magic) => Interop.IntAsFloat(Interop.FloatAsInt(value) + (Interop.FloatAsInt(magic) << 23));

    /// <inheritdoc/>
    public static float Exponent(float x) => (int)((Interop.FloatAsInt(x) >> 23) & 0xff) - 127;

    /// <inheritdoc/>
    public static float Mantissa(float x) => Interop.IntAsFloat((Interop.FloatAsInt(x) & 0x007fffff) | 0x3f800000);
}

/// <summary>float64 arithmetic.</summary>
internal readonly struct Real64 : IReal<double>
{
    /// <inheritdoc/>
    public static bool IsDouble => true;

    /// <inheritdoc/>
    public static double Of(int value) => value;

    /// <inheritdoc/>
    public static int Truncate(double value) => (int)value;

    /// <inheritdoc/>
    public static double ToDouble(double value) => value;

    /// <inheritdoc/>
    public static double Of(double value) => value;

    /// <inheritdoc/>
    public static double Add(double a, double b) => a + b;

    /// <inheritdoc/>
    public static double Subtract(double a, double b) => a - b;

    /// <inheritdoc/>
    public static double Multiply(double a, double b) => a * b;

    /// <inheritdoc/>
    public static double Divide(double a, double b) => a / b;

    /// <inheritdoc/>
    public static double Sqrt(double x) => XMath.Sqrt(x);

    /// <inheritdoc/>
    public static double IfLess(double a, double b, double then, double otherwise) => a < b & !double.IsNaN(b) ? then : otherwise;

    /// <inheritdoc/>
    public static double AddExponent(double value, double magic) => Interop.IntAsFloat(Interop.FloatAsInt(value) + (Interop.FloatAsInt(magic) << 52));

    /// <inheritdoc/>
    public static double Exponent(double x) => (long)((Interop.FloatAsInt(x) >> 52) & 0x7ff) - 1023;

    /// <inheritdoc/>
    public static double Mantissa(double x) => Interop.IntAsFloat((Interop.FloatAsInt(x) & 0x000fffffffffffffUL) | 0x3ff0000000000000UL);
}
