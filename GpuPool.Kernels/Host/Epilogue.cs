namespace GpuPool.Kernels.Host;

/// <summary>What becomes of a sum before it is stored: min(upper, max(lower, sum + residual)).</summary>
internal unsafe struct Epilogue<T> where T : unmanaged
{
    /// <summary>A map like the target, or null.</summary>
    public T* Residual;

    /// <summary>First element of the target.</summary>
    public T* Target;

    public T Lower, Upper;

    /// <summary>False by default: then the sum is stored as it is.</summary>
    public bool Exists;
}

/// <summary>Whether there is an epilogue, as a type, so that the JIT compiler drops what is not there.</summary>
internal interface IEpilogue
{
    static abstract bool Exists { get; }
}

internal readonly struct NoEpilogue : IEpilogue
{
    public static bool Exists => false;
}

internal readonly struct WithEpilogue : IEpilogue
{
    public static bool Exists => true;
}
