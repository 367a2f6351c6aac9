namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>
/// A number of an equation in plain C#, which remembers what it was computed from: the equation alone then gives the gradient too, by the chain rule along
/// the recorded slopes, and a bound of the rounding error of both.
/// </summary>
/// <param name="Derivation">Where it is recorded; null for a constant.</param>
/// <param name="Index">Its number there.</param>
/// <param name="Value">The value.</param>
/// <param name="Magnitude">What rounding errors are relative to: the size of the terms that led to the value, before any of them cancelled.</param>
public readonly record struct Scalar(Derivation? Derivation, int Index, double Value, double Magnitude)
{
    public static implicit operator Scalar(double value) => new(null, -1, value, Math.Abs(value));

    public static Scalar operator +(Scalar a, Scalar b) => Of(a.Value + b.Value, new(a, 1), new(b, 1));

    public static Scalar operator -(Scalar a, Scalar b) => Of(a.Value - b.Value, new(a, 1), new(b, -1));

    public static Scalar operator -(Scalar a) => 0 - a;

    public static Scalar operator *(Scalar a, Scalar b) => Of(a.Value * b.Value, new(a, b.Value, b.Magnitude), new(b, a.Value, a.Magnitude));

    public static Scalar operator /(Scalar a, Scalar b) => a * Of(1 / b.Value, new Term(b, -1 / (b.Value * b.Value), b.Magnitude / Math.Abs(b.Value * b.Value * b.Value)));

    public static Scalar Exp(Scalar x)
    {
        double y = Math.Exp(x.Value);
        return Of(y, new Term(x, y, y * (1 + x.Magnitude)));
    }

    public static Scalar Log(Scalar x) => Of(Math.Log(x.Value), new Term(x, 1 / x.Value, x.Magnitude / (x.Value * x.Value)));

    public static Scalar Sqrt(Scalar x)
    {
        double y = Math.Sqrt(x.Value);
        return Of(y, new Term(x, 0.5 / y, 0.5 * x.Magnitude / (y * x.Value)));
    }

    public static Scalar Abs(Scalar x) => Of(Math.Abs(x.Value), new Term(x, Math.Sign(x.Value)));

    public static Scalar Tanh(Scalar x)
    {
        double y = Math.Tanh(x.Value);
        return Of(y, new Term(x, 1 - y * y, 1 + x.Magnitude));
    }

    /// <summary>1 / (1 + e^-x); its slope is taken from y, as y (1 - y).</summary>
    public static Scalar Sigmoid(Scalar x)
    {
        double y = 1 / (1 + Math.Exp(-x.Value));
        return Of(y, new Term(x, y * (1 - y), y * (1 + x.Magnitude)));
    }

    /// <summary>ln(1 + e^x)</summary>
    public static Scalar Softplus(Scalar x) => Log(1 + Exp(x));

    /// <summary>x^p of a positive x.</summary>
    public static Scalar Power(Scalar x, Scalar p)
    {
        double y = Math.Pow(x.Value, p.Value);
        double size = 1 + Math.Abs(p.Value) * x.Magnitude / x.Value + Math.Abs(Math.Log(x.Value)) * p.Magnitude;
        return Of(y, new(x, p.Value * y / x.Value, size * p.Magnitude * y / x.Value), new(p, y * Math.Log(x.Value), size * y * (1 + Math.Abs(Math.Log(x.Value)))));
    }

    /// <summary>x between two bounds, with slope 0 at and beyond them.</summary>
    public static Scalar Clamp(Scalar x, double lower, double upper)
    {
        foreach (double bound in new[] { lower, upper }.Where(double.IsFinite))
            x.Derivation?.MeetKink(Math.Abs(x.Value - bound) / (bound == 0 ? 1 : Math.Abs(bound)));
        return Of(Math.Clamp(x.Value, lower, upper), new Term(x, x.Value > lower && x.Value < upper ? 1 : 0));
    }

    /// <summary>The first of the largest.</summary>
    public static Scalar Max(IEnumerable<Scalar> values) => values.Aggregate((largest, value) => value.Value > largest.Value ? value : largest);

    public static Scalar Sum(IEnumerable<Scalar> values)
    {
        var sum = new Accumulator();
        foreach (Scalar value in values)
            sum.Add(value);
        return sum.Total;
    }

    public static Scalar Mean(IReadOnlyCollection<Scalar> values) => Sum(values) / values.Count;

    private static Scalar Of(double value, params ReadOnlySpan<Term> terms)
    {
        Derivation? derivation = null;
        double magnitude = Math.Abs(value);
        foreach (Term term in terms)
        {
            derivation ??= term.Source.Derivation;
            magnitude += Math.Abs(term.Slope) * term.Source.Magnitude;
        }
        if (derivation is null)
            return new(null, -1, value, magnitude);
        int index = derivation.Next();
        foreach (Term term in terms)
            derivation.Depend(index, term);
        return new(derivation, index, value, magnitude);
    }
}
