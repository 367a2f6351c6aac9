using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>An op of the matrix: how to draw it with its inputs, and its equation.</summary>
public sealed record OpRow(Type Type, Func<OpDraw, OpSample> Draw, Func<Op, Map[], Shape, IEnumerable<Scalar>> Equation)
{
    /// <summary>What it is a form of its op by; empty for the op as it is.</summary>
    public string Form { get; init; } = "";

    /// <summary>Whether a number has the rounding errors of its neighbours, too, so that all are bounded by the terms of the largest.</summary>
    public bool SharesRoundings { get; init; }

    /// <summary>Random samples of a default run.</summary>
    public int Samples { get; init; } = 16;

    /// <summary>Random samples of a nightly run.</summary>
    public int NightlySamples { get; init; } = 1_000;

    public static OpRow Of<O>(Func<OpDraw, OpSample> draw, Func<O, Map[], Shape, IEnumerable<Scalar>> equation) where O : Op =>
        new(typeof(O), draw, (op, inputs, y) => equation((O)op, inputs, y));

    public override string ToString() => Type.Name + Form;
}
