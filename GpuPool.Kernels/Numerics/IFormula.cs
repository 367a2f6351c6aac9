namespace GpuPool.Kernels.Numerics;

/// <summary>
/// The arithmetic in which <see cref="Elementary{V, F}"/> writes its formulas once: for a scalar on any accelerator (<see cref="Real32"/>, <see cref="Real64"/>)
/// and for a vector of the processor, as host bodies have them. Nothing here fuses a product with a sum, so all of them
/// round alike and agree bit for bit on one processor.
/// </summary>
/// <typeparam name="V">A scalar or a vector of them.</typeparam>
internal interface IFormula<V> where V : struct
{
    /// <summary>Whether the elements are float64: formulas choose their degree by it.</summary>
    static abstract bool IsDouble { get; }

    /// <summary>A constant in each element.</summary>
    static abstract V Of(double value);

    /// <summary>a + b</summary>
    static abstract V Add(V a, V b);

    /// <summary>a - b</summary>
    static abstract V Subtract(V a, V b);

    /// <summary>a * b</summary>
    static abstract V Multiply(V a, V b);

    /// <summary>a / b</summary>
    static abstract V Divide(V a, V b);

    /// <summary>Square root, correctly rounded on the processor.</summary>
    static abstract V Sqrt(V x);

    /// <summary>a &lt; b ? then : otherwise, element by element; a NaN in a or b chooses <paramref name="otherwise"/>.</summary>
    static abstract V IfLess(V a, V b, V then, V otherwise);

    /// <summary>
    /// value * 2^n without a multiplication, where magic = 1.5 * 2^23 (float) or 1.5 * 2^52 (double) plus the integer n: the low bits of magic
    /// hold n and are added to the exponent. The caller keeps the result within the normal range.
    /// </summary>
    static abstract V AddExponent(V value, V magic);

    /// <summary>Binary exponent e of a positive normal number x = m * 2^e, 1 &lt;= m &lt; 2.</summary>
    static abstract V Exponent(V x);

    /// <summary>Mantissa m of a positive normal number x = m * 2^e, 1 &lt;= m &lt; 2.</summary>
    static abstract V Mantissa(V x);
}
