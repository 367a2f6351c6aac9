using GpuPool.Kernels;

namespace GpuPool.Models.PyTorch;

/// <summary>Element types that are read.</summary>
public enum PyTorchType
{
    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>IEEE double precision.</summary>
    Float64,

    /// <summary>IEEE half precision.</summary>
    Float16,

    /// <summary>The upper half of single precision.</summary>
    BFloat16,

    /// <summary>Whole numbers of 8 bytes.</summary>
    Int64,
}

/// <summary>What a file says about one tensor: a view of elements that others may view as well.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Strides">Elements from one index to the next along each axis; 0 where an axis repeats.</param>
/// <param name="Offset">Elements before the first.</param>
/// <param name="Storage">Name of the elements in the file.</param>
/// <param name="Elements">Their number.</param>
public sealed record PyTorchTensor(PyTorchType Type, Shape Shape, IReadOnlyList<long> Strides, long Offset, string Storage, long Elements)
{
    internal int ElementBytes => BytesOf(Type);

    /// <summary>Elements from the first to the last, both included; 0 for an empty tensor.</summary>
    internal long Span => Shape.Count == 0 ? 0 : 1 + Shape.Extents.ToArray().Zip(Strides, (extent, stride) => (extent - 1) * stride).Sum();

    /// <summary>Bytes from the first element to the last.</summary>
    /// <exception cref="PyTorchException">They are more than an array holds.</exception>
    internal int SpanBytes(string path, string name) => Span * ElementBytes <= int.MaxValue
        ? (int)(Span * ElementBytes) : throw new PyTorchException(path, $"'{name}' has {Span * ElementBytes} bytes, more than are read");

    internal static int BytesOf(PyTorchType type) => type switch { PyTorchType.Float64 or PyTorchType.Int64 => 8, PyTorchType.Float32 => 4, _ => 2 };
}
