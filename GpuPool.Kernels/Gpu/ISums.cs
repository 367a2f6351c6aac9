using System.Numerics;
using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Gpu;

/// <summary>A few numbers, all kept in registers.</summary>
internal interface ISums<S, T> where S : struct, ISums<S, T> where T : unmanaged, INumber<T>
{
    /// <summary>How many.</summary>
    static abstract int Count { get; }

    /// <summary>The sum, number by number.</summary>
    static abstract S Add(S a, S b);

    /// <summary>One of the numbers.</summary>
    T Get(int index);

    /// <summary>The same numbers but one.</summary>
    S With(int index, T value);
}

/// <summary>One number.</summary>
internal readonly record struct One<T>(T First) : ISums<One<T>, T> where T : unmanaged, INumber<T>
{
    public static int Count => 1;

    public static One<T> Add(One<T> a, One<T> b) => new(a.First + b.First);

    public T Get(int index) => First;

    public One<T> With(int index, T value) => new(value);
}

/// <summary>Two numbers.</summary>
internal readonly record struct Two<T>(T First, T Second) : ISums<Two<T>, T> where T : unmanaged, INumber<T>
{
    public static int Count => 2;

    public static Two<T> Add(Two<T> a, Two<T> b) => new(a.First + b.First, a.Second + b.Second);

    public T Get(int index) => index == 0 ? First : Second;

    public Two<T> With(int index, T value) => index == 0 ? new(value, Second) : new(First, value);
}

/// <summary>Three numbers.</summary>
internal readonly record struct Three<T>(T First, T Second, T Third) : ISums<Three<T>, T> where T : unmanaged, INumber<T>
{
    public static int Count => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Three<T> Add(Three<T> a, Three<T> b) => new(a.First + b.First, a.Second + b.Second, a.Third + b.Third);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Get(int index) => index == 0 ? First : index == 1 ? Second : Third;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Three<T> With(int index, T value) => new(index == 0 ? value : First, index == 1 ? value : Second, index == 2 ? value : Third);
}

/// <summary>Three rows of three numbers.</summary>
internal readonly record struct Nine<T>(Three<T> Top, Three<T> Middle, Three<T> Bottom) : ISums<Nine<T>, T> where T : unmanaged, INumber<T>
{
    public static int Count => 9;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Nine<T> Add(Nine<T> a, Nine<T> b) =>
        new(Three<T>.Add(a.Top, b.Top), Three<T>.Add(a.Middle, b.Middle), Three<T>.Add(a.Bottom, b.Bottom));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Get(int index) => index < 3 ? Top.Get(index) : index < 6 ? Middle.Get(index - 3) : Bottom.Get(index - 6);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Nine<T> With(int index, T value) => new(Top.With(index, value), Middle.With(index - 3, value), Bottom.With(index - 6, value));
}
