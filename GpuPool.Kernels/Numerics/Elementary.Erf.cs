using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Numerics;

internal static partial class Elementary<V, F>
{
    /// <summary>
    /// Error function 2/sqrt(pi) times the integral of e^-t^2 from 0 to x. For |x| &lt; 1: x + x (2/sqrt(pi) - 1 + x^2 P(x^2)); else 1 - e^-x^2 u Q(u) with
    /// u = 1 / (|x| + 2), under the sign of x. P and Q are minimax polynomials of our own (absolute errors 1.3e-9 and 1.7e-10 in float32, 7e-18 and
    /// 1.4e-16 in float64).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf(V x)
    {
        V size = Absolute(x), z = F.Multiply(x, x);
        V p = F.IsDouble
            ? Horner(z, -7.81703801620486104e-10, 1.37320596946766311e-8, -1.62114381586343089e-7, 1.6447838610567215e-6, -0.0000149247732249451694,
                0.000120552969756669433, -0.000854832605245792611, 0.00522397760894762988, -0.0268661706435013536, 0.11283791670947086, -0.376126389031836144)
            : Horner(z, 0.0000793323095965051438, -0.000803506268284114584, 0.00519129705043931425, -0.0268554900284834452, 0.112836301816390404,
                -0.376126307701848885);
        V near = F.Add(x, F.Multiply(x, F.Add(F.Of(0.12837916709551257), F.Multiply(z, p))));
        V u = F.Divide(One, F.Add(size, F.Of(2)));
        V q = F.IsDouble
            ? Horner(u, 96.053006944819788, -243.309183709869079, 233.734672581485405, -86.4243765530551378, -4.5828703281981942, 5.26946646937621376,
                0.568225588702453402, 3.22250139720692835, 1.93000609615985849, 1.13115901837163296, 0.564114220432404116)
            : Horner(u, -3.26668217937452191, -1.71601405509551828, 6.09952565171060168, 1.05081394291368238, 1.250624175748156, 0.557839034752628537);
        V far = F.Subtract(One, F.Multiply(Exp(Negate(z)), F.Multiply(u, q)));
        return F.IfLess(size, One, near, F.IfLess(x, F.Of(0), Negate(far), far));
    }
}
