using GpuPool.Experiments;
using NUnit.Framework.Constraints;

namespace GpuPool.Tests.Experiments.Data;

/// <summary>Constraints on the typed error of a reader.</summary>
public static class Refused
{
    /// <summary>The error with this code; go on with its message.</summary>
    public static ConstraintExpression With(ExitCode code) =>
        Throws.TypeOf<GpuPoolException>().With.Property(nameof(GpuPoolException.Code)).EqualTo(code).And;
}
