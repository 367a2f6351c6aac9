using System.Globalization;
using NUnit.Framework.Constraints;

namespace GpuPool.Tests;

/// <summary>
/// Upper bounds that NaN fails. NUnit's own (LessThan, LessThanOrEqualTo, AtMost, Negative) sort NaN below every number and let it pass, so an error that
/// is NaN would be within every tolerance.
/// </summary>
public static class UpperBound
{
    extension(Is)
    {
        /// <summary>value &lt; bound</summary>
        public static Constraint Below(double bound) => new BoundConstraint(value => value < bound, "below", bound);

        /// <summary>value &lt;= bound</summary>
        public static Constraint NoMoreThan(double bound) => new BoundConstraint(value => value <= bound, "no more than", bound);
    }

    private sealed class BoundConstraint(Func<double, bool> holds, string words, double bound) : Constraint
    {
        public override string Description => string.Create(CultureInfo.InvariantCulture, $"{words} {bound:R}");

        public override ConstraintResult ApplyTo<TActual>(TActual actual) => new(this, actual, holds(Convert.ToDouble(actual, CultureInfo.InvariantCulture)));
    }
}
