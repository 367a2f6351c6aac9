using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

public sealed partial record Pointwise
{
    /// <summary>A function and its slope, for scalars and vectors alike; <c>leak</c> is <see cref="Leak"/>.</summary>
    internal interface IPointwise
    {
        static abstract V Value<V, F>(V x, V leak) where V : struct where F : struct, IFormula<V>;

        static abstract V Slope<V, F>(V x, V y, V leak) where V : struct where F : struct, IFormula<V>;
    }

    internal readonly struct Relu : IPointwise
    {
        public static V Value<V, F>(V x, V leak) where V : struct where F : struct, IFormula<V> => F.IfLess(x, F.Of(0), F.Of(0), x);

        public static V Slope<V, F>(V x, V y, V leak) where V : struct where F : struct, IFormula<V> => F.IfLess(F.Of(0), x, F.Of(1), F.Of(0));
    }

    internal readonly struct Relu6 : IPointwise
    {
        public static V Value<V, F>(V x, V leak) where V : struct where F : struct, IFormula<V> =>
            F.IfLess(x, F.Of(0), F.Of(0), F.IfLess(F.Of(6), x, F.Of(6), x));

        public static V Slope<V, F>(V x, V y, V leak) where V : struct where F : struct, IFormula<V> =>
            F.IfLess(F.Of(0), x, F.IfLess(x, F.Of(6), F.Of(1), F.Of(0)), F.Of(0));
    }

    internal readonly struct LeakyRelu : IPointwise
    {
        public static V Value<V, F>(V x, V leak) where V : struct where F : struct, IFormula<V> => F.IfLess(x, F.Of(0), F.Multiply(leak, x), x);

        public static V Slope<V, F>(V x, V y, V leak) where V : struct where F : struct, IFormula<V> => F.IfLess(F.Of(0), x, F.Of(1), leak);
    }

    internal readonly struct Exp : IPointwise
    {
        public static V Value<V, F>(V x, V leak) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Exp(x);

        public static V Slope<V, F>(V x, V y, V leak) where V : struct where F : struct, IFormula<V> => y;
    }

    internal readonly struct Log : IPointwise
    {
        public static V Value<V, F>(V x, V leak) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Log(x);

        public static V Slope<V, F>(V x, V y, V leak) where V : struct where F : struct, IFormula<V> => F.Divide(F.Of(1), x);
    }

    internal readonly struct Sigmoid : IPointwise
    {
        public static V Value<V, F>(V x, V leak) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Sigmoid(x);

        public static V Slope<V, F>(V x, V y, V leak) where V : struct where F : struct, IFormula<V> => F.Multiply(y, F.Subtract(F.Of(1), y));
    }

    internal readonly struct Softplus : IPointwise
    {
        public static V Value<V, F>(V x, V leak) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Softplus(x);

        public static V Slope<V, F>(V x, V y, V leak) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Sigmoid(x);
    }

    internal readonly struct Tanh : IPointwise
    {
        public static V Value<V, F>(V x, V leak) where V : struct where F : struct, IFormula<V> => Elementary<V, F>.Tanh(x);

        public static V Slope<V, F>(V x, V y, V leak) where V : struct where F : struct, IFormula<V> => F.Subtract(F.Of(1), F.Multiply(y, y));
    }
}
