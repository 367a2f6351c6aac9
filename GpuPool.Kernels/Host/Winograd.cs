namespace GpuPool.Kernels.Host;

/// <summary>The transforms of minimal filtering F(4, 3) along one axis, at the points 0, 1, -1, 2, -2 and infinity, over vectors a pitch apart.</summary>
internal static unsafe class Winograd<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>Three weights become six.</summary>
    public static void Weights(T* source, long sourcePitch, T* target, long pitch)
    {
        V a = L.Load(source), b = L.Load(source + sourcePitch), c = L.Load(source + 2 * sourcePitch);
        V outer = L.Add(a, c), wide = L.Add(L.Multiply(L.Of(1.0 / 24), a), L.Multiply(L.Of(1.0 / 6), c)), twelfth = L.Multiply(L.Of(1.0 / 12), b);
        L.Store(target, L.Multiply(L.Of(0.25), a));
        L.Store(target + pitch, L.Multiply(L.Of(-1.0 / 6), L.Add(outer, b)));
        L.Store(target + 2 * pitch, L.Multiply(L.Of(-1.0 / 6), L.Subtract(outer, b)));
        L.Store(target + 3 * pitch, L.Add(wide, twelfth));
        L.Store(target + 4 * pitch, L.Subtract(wide, twelfth));
        L.Store(target + 5 * pitch, c);
    }

    /// <summary>Six pixels become six.</summary>
    public static void Source(T* source, long sourcePitch, T* target, long pitch)
    {
        V a = L.Load(source), b = L.Load(source + sourcePitch), c = L.Load(source + 2 * sourcePitch);
        V d = L.Load(source + 3 * sourcePitch), e = L.Load(source + 4 * sourcePitch), f = L.Load(source + 5 * sourcePitch);
        V four = L.Of(4), minusFour = L.Of(-4), minusFive = L.Of(-5);
        V even = L.MultiplyAdd(minusFour, c, e), odd = L.MultiplyAdd(minusFour, b, d), near = L.Subtract(e, c), far = L.Multiply(L.Of(2), L.Subtract(d, b));
        L.Store(target, L.MultiplyAdd(four, a, L.MultiplyAdd(minusFive, c, e)));
        L.Store(target + pitch, L.Add(even, odd));
        L.Store(target + 2 * pitch, L.Subtract(even, odd));
        L.Store(target + 3 * pitch, L.Add(near, far));
        L.Store(target + 4 * pitch, L.Subtract(near, far));
        L.Store(target + 5 * pitch, L.MultiplyAdd(four, b, L.MultiplyAdd(minusFive, d, f)));
    }

    /// <summary>Six products become four pixels.</summary>
    public static void Target(T* source, long sourcePitch, T* target, long pitch)
    {
        V a = L.Load(source), b = L.Load(source + sourcePitch), c = L.Load(source + 2 * sourcePitch);
        V d = L.Load(source + 3 * sourcePitch), e = L.Load(source + 4 * sourcePitch), f = L.Load(source + 5 * sourcePitch);
        V nearSum = L.Add(b, c), nearDifference = L.Subtract(b, c), farSum = L.Add(d, e), farDifference = L.Subtract(d, e);
        L.Store(target, L.Add(a, L.Add(nearSum, farSum)));
        L.Store(target + pitch, L.MultiplyAdd(L.Of(2), farDifference, nearDifference));
        L.Store(target + 2 * pitch, L.MultiplyAdd(L.Of(4), farSum, nearSum));
        L.Store(target + 3 * pitch, L.Add(f, L.MultiplyAdd(L.Of(8), farDifference, nearDifference)));
    }

    /// <summary>Four gradients of pixels become six of products.</summary>
    public static void TargetGradient(T* source, long sourcePitch, T* target, long pitch)
    {
        V a = L.Load(source), b = L.Load(source + sourcePitch), c = L.Load(source + 2 * sourcePitch), d = L.Load(source + 3 * sourcePitch);
        V even = L.Add(a, c), odd = L.Add(b, d), farEven = L.MultiplyAdd(L.Of(4), c, a), farOdd = L.MultiplyAdd(L.Of(8), d, L.Add(b, b));
        L.Store(target, a);
        L.Store(target + pitch, L.Add(even, odd));
        L.Store(target + 2 * pitch, L.Subtract(even, odd));
        L.Store(target + 3 * pitch, L.Add(farEven, farOdd));
        L.Store(target + 4 * pitch, L.Subtract(farEven, farOdd));
        L.Store(target + 5 * pitch, d);
    }

    /// <summary>Six gradients of transformed weights become those of three weights.</summary>
    public static void WeightGradient(T* source, long sourcePitch, T* target, long pitch)
    {
        V a = L.Load(source), b = L.Load(source + sourcePitch), c = L.Load(source + 2 * sourcePitch);
        V d = L.Load(source + 3 * sourcePitch), e = L.Load(source + 4 * sourcePitch), f = L.Load(source + 5 * sourcePitch);
        V near = L.Multiply(L.Of(-1.0 / 6), L.Add(b, c)), far = L.Add(d, e);
        L.Store(target, L.Add(L.Multiply(L.Of(0.25), a), L.Add(near, L.Multiply(L.Of(1.0 / 24), far))));
        L.Store(target + pitch, L.Add(L.Multiply(L.Of(1.0 / 6), L.Subtract(c, b)), L.Multiply(L.Of(1.0 / 12), L.Subtract(d, e))));
        L.Store(target + 2 * pitch, L.Add(f, L.Add(near, L.Multiply(L.Of(1.0 / 6), far))));
    }
}
