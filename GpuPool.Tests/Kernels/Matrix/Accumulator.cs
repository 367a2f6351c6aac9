namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>A long sum, recorded as one number of an equation rather than as one for each partial sum.</summary>
public sealed class Accumulator
{
    private Derivation? _derivation;
    private int _index = -1;
    private double _value, _magnitude;

    public Scalar Total => new(_derivation, _index, _value, _magnitude + Math.Abs(_value));

    public void Add(Scalar a)
    {
        Depend(new Term(a, 1));
        _value += a.Value;
    }

    public void AddProduct(Scalar a, Scalar b)
    {
        Depend(new Term(a, b.Value, b.Magnitude));
        Depend(new Term(b, a.Value, a.Magnitude));
        _value += a.Value * b.Value;
    }

    private void Depend(Term term)
    {
        _magnitude += Math.Abs(term.Slope) * term.Source.Magnitude;
        if (term.Source.Derivation is not { } derivation)
            return;
        if (_derivation is null)
            (_derivation, _index) = (derivation, derivation.Next());
        derivation.Depend(_index, term);
    }
}
