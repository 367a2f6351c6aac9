using GpuPool.Kernels;

namespace GpuPool.Models.Safetensors;

/// <summary>Element types that are read; the format has more. Those of two bytes are not written.</summary>
public enum SafetensorsType
{
    /// <summary>F32: IEEE single precision.</summary>
    Float32,

    /// <summary>F64: IEEE double precision.</summary>
    Float64,

    /// <summary>F16: IEEE half precision.</summary>
    Float16,

    /// <summary>BF16: the upper half of single precision.</summary>
    BFloat16,

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

    internal static int ElementBytes(SafetensorsType type) => type switch
    {
        SafetensorsType.Float16 or SafetensorsType.BFloat16 => sizeof(ushort),
        SafetensorsType.Float32 => sizeof(float),
        _ => sizeof(double),
    };

    internal static string Word(SafetensorsType type) => type switch
    {
        SafetensorsType.Float32 => "F32",
        SafetensorsType.Float64 => "F64",
        SafetensorsType.Float16 => "F16",
        SafetensorsType.BFloat16 => "BF16",
        _ => "I64",
    };
}
