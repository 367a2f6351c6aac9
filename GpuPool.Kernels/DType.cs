namespace GpuPool.Kernels;

/// <summary>Element type of a <see cref="DeviceArray"/>. Training runs in float32; gradient checks run in float64 through the same code.</summary>
public enum DType
{
    /// <summary>IEEE single precision, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE double precision, 8 bytes.</summary>
    Float64,
}

/// <summary>Sizes of the element types.</summary>
public static class DTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this DType type) => type == DType.Float32 ? sizeof(float) : sizeof(double);

    internal static DType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.Float32
        : typeof(T) == typeof(double) ? DType.Float64
        : throw new NotSupportedException($"No element type for {typeof(T).Name}.");
}
