using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Host;

/// <summary>
/// A vector of the processor as a type parameter: host bodies are written once and instantiated for 512-bit registers and for narrower ones
/// (.NET splits a 256-bit vector itself where not even these exist). All members are inlined by the JIT compiler.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="V">The vector.</typeparam>
internal unsafe interface ILanes<T, V> : IFormula<V> where T : unmanaged where V : struct
{
    /// <summary>Elements in a vector.</summary>
    static abstract int Count { get; }

    static abstract V Zero { get; }

    static abstract V Load(T* source);

    static abstract void Store(T* target, V value);

    /// <summary>Stores the first half of the elements.</summary>
    static abstract void StoreHalf(T* target, V value);

    static abstract V Broadcast(T value);

    /// <summary>a * b + c, rounded once where the processor can.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    static abstract V Min(V a, V b);

    static abstract V Max(V a, V b);

    /// <summary>Sum of the elements, in a fixed order.</summary>
    static abstract T Sum(V value);
}
