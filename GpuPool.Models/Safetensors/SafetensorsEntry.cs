using GpuPool.Kernels;

namespace GpuPool.Models.Safetensors;

/// <summary>Element types that are read and written; the format has more.</summary>
public enum SafetensorsType
{
    /// <summary>F32: IEEE single precision.</summary>
    Float32,

    /// <summary>F64: IEEE double precision.</summary>
    Float64,

    /// <summary>I64: whole numbers of 8 bytes.</summary>
    Int64,
}

/// <summary>What the header says about one tensor.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Offset">Where its elements start, in bytes from the start of the file.</param>
public sealed record SafetensorsEntry(SafetensorsType Type, Shape Shape, long Offset)
{
    /// <summary>Bytes of the elements.</summary>
    public long Bytes => (long)Shape.Count * ElementBytes(Type);

    internal static int ElementBytes(SafetensorsType type) => type == SafetensorsType.Float32 ? sizeof(float) : sizeof(double);

    internal static string Word(SafetensorsType type) => type switch
    {
        SafetensorsType.Float32 => "F32",
        SafetensorsType.Float64 => "F64",
        _ => "I64",
    };
}
