using System.Runtime.InteropServices;
using GpuPool.Kernels;

namespace GpuPool.Models.Safetensors;

/// <summary>A tensor to be written, row major.</summary>
public sealed class SafetensorsTensor
{
    private readonly Array _values;

    private SafetensorsTensor(string name, SafetensorsType type, Shape shape, Array values)
    {
        if (values.Length != shape.Count)
            throw new ShapeException($"SafetensorsTensor: '{name}' {shape} takes {shape.Count} values, but got {values.Length}.");
        if ((long)shape.Count * SafetensorsEntry.ElementBytes(type) > int.MaxValue)
            throw new ShapeException($"SafetensorsTensor: '{name}' {shape} must have less than 2 GiB.");
        (Name, Type, Shape, _values) = (name, type, shape, values);
    }

    /// <summary>A tensor of float32.</summary>
    public SafetensorsTensor(string name, Shape shape, float[] values) : this(name, SafetensorsType.Float32, shape, values) { }

    /// <summary>A tensor of float64.</summary>
    public SafetensorsTensor(string name, Shape shape, double[] values) : this(name, SafetensorsType.Float64, shape, values) { }

    /// <summary>A tensor of whole numbers.</summary>
    public SafetensorsTensor(string name, Shape shape, long[] values) : this(name, SafetensorsType.Int64, shape, values) { }

    /// <summary>Its name, unique within the file.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public SafetensorsType Type { get; }

    /// <summary>Extents.</summary>
    public Shape Shape { get; }

    /// <summary>The same values under another name; they are shared, not copied.</summary>
    public SafetensorsTensor Rename(string name) => new(name, Type, Shape, _values);

    // Little endian in the file as in the memory of every machine that .NET 10 and ILGPU share.
    internal ReadOnlySpan<byte> Bytes => _values switch
    {
        float[] floats => MemoryMarshal.AsBytes<float>(floats),
        double[] doubles => MemoryMarshal.AsBytes<double>(doubles),
        _ => MemoryMarshal.AsBytes<long>((long[])_values),
    };
}
