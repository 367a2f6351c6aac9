using System.Runtime.CompilerServices;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// One step of a FastGRNN cell, element by element: h' = z h + s c with z = sigmoid(a + gate bias), c = tanh(a + candidate bias),
/// s = sigmoid(zeta) (1 - z) + sigmoid(nu), and the parts of its gradient for an arriving dh'.
/// </summary>
/// <param name="gate">z</param>
/// <param name="candidate">c</param>
/// <param name="zeta">sigmoid(zeta)</param>
/// <param name="nu">sigmoid(nu)</param>
internal readonly struct FastGrnnCell<V, F>(V gate, V candidate, V zeta, V nu) where V : struct where F : struct, IFormula<V>
{
    /// <summary>z, which is also dh'/dh.</summary>
    public V Gate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => gate;
    }

    private V Share
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => F.Add(F.Multiply(zeta, Rest(gate)), nu);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FastGrnnCell<V, F> Of(V preactivation, V gateBias, V candidateBias, V zeta, V nu) => new(
        Elementary<V, F>.Sigmoid(F.Add(preactivation, gateBias)), Elementary<V, F>.Tanh(F.Add(preactivation, candidateBias)), zeta, nu);

    /// <summary>h'</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Next(V state) => F.Add(F.Multiply(gate, state), F.Multiply(Share, candidate));

    /// <summary>Gradient of the gate's bias; with that of the candidate's it is the gradient of a.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V GateGradient(V next, V state) =>
        F.Multiply(F.Multiply(next, F.Subtract(state, F.Multiply(zeta, candidate))), F.Multiply(gate, Rest(gate)));

    /// <summary>Gradient of the candidate's bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V CandidateGradient(V next) => F.Multiply(F.Multiply(next, Share), Rest(F.Multiply(candidate, candidate)));

    /// <summary>Gradient of zeta.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V ZetaGradient(V next) => F.Multiply(F.Multiply(next, candidate), F.Multiply(Rest(gate), F.Multiply(zeta, Rest(zeta))));

    /// <summary>Gradient of nu.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V NuGradient(V next) => F.Multiply(F.Multiply(next, candidate), F.Multiply(nu, Rest(nu)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Rest(V share) => F.Subtract(F.Of(1), share);
}
