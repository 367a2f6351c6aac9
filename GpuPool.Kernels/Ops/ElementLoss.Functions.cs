using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

public sealed partial record ElementLoss
{
    /// <summary>A loss and its slope along x, for scalars and vectors alike; <c>beta</c> is <see cref="Beta"/>.</summary>
    internal interface IElementLoss
    {
        static abstract V Value<V, F>(V x, V t, V beta) where V : struct where F : struct, IFormula<V>;

        static abstract V Slope<V, F>(V x, V t, V beta) where V : struct where F : struct, IFormula<V>;
    }

    internal readonly struct SmoothL1 : IElementLoss
    {
        public static V Value<V, F>(V x, V t, V beta) where V : struct where F : struct, IFormula<V>
        {
            V size = Absolute<V, F>(F.Subtract(x, t)), half = F.Multiply(F.Of(0.5), beta);
            return F.IfLess(size, beta, F.Divide(F.Multiply(F.Multiply(F.Of(0.5), size), size), beta), F.Subtract(size, half));
        }

        public static V Slope<V, F>(V x, V t, V beta) where V : struct where F : struct, IFormula<V>
        {
            V d = F.Subtract(x, t), sign = F.IfLess(F.Of(0), d, F.Of(1), F.IfLess(d, F.Of(0), F.Of(-1), d));
            return F.IfLess(Absolute<V, F>(d), beta, F.Divide(d, beta), sign);
        }
    }

    internal readonly struct Square : IElementLoss
    {
        public static V Value<V, F>(V x, V t, V beta) where V : struct where F : struct, IFormula<V>
        {
            V d = F.Subtract(x, t);
            return F.Multiply(d, d);
        }

        public static V Slope<V, F>(V x, V t, V beta) where V : struct where F : struct, IFormula<V>
        {
            V d = F.Subtract(x, t);
            return F.Add(d, d);
        }
    }

    internal readonly struct BinaryCrossEntropy : IElementLoss
    {
        // What is left of the logit is weighted before the logarithm is added: a sure logit that is right then costs e^-|x|, and an infinite one nothing.
        public static V Value<V, F>(V x, V t, V beta) where V : struct where F : struct, IFormula<V>
        {
            V size = Absolute<V, F>(x), wrong = F.IfLess(F.Of(0), x, F.Subtract(F.Of(1), t), t);
            return F.Add(Weighted.Product<V, F>(wrong, size), Elementary<V, F>.Softplus(F.Subtract(F.Of(0), size)));
        }

        // 1 - t less the probability of 0, or the probability of 1 less t: the smaller of the two probabilities has lost nothing by rounding.
        public static V Slope<V, F>(V x, V t, V beta) where V : struct where F : struct, IFormula<V>
        {
            V smaller = Elementary<V, F>.Sigmoid(F.Subtract(F.Of(0), Absolute<V, F>(x)));
            return F.IfLess(F.Of(0), x, F.Subtract(F.Subtract(F.Of(1), t), smaller), F.Subtract(smaller, t));
        }
    }

    private static V Absolute<V, F>(V x) where V : struct where F : struct, IFormula<V> => F.IfLess(x, F.Of(0), F.Subtract(F.Of(0), x), x);
}
