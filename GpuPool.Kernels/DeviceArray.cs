using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using GpuPool.Kernels.Host;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPool.Kernels;

/// <summary>
/// A dense row-major array in device memory. New arrays are not cleared. An array belongs to the innermost <see cref="ArrayScope"/> open at its
/// creation, which disposes of it; without a scope its creator does. Arrays made by <see cref="Share(Shape)"/> use the same memory, which returns
/// to the pool with the last of them.
/// </summary>
public sealed class DeviceArray : IDisposable
{
    private readonly long _start;
    private MemoryPool.Block? _block;
    private bool _disposed;

    internal DeviceArray(Device device, Shape shape, DType type, MemoryPool.Block? block, long start = 0)
    {
        (Device, Shape, DType, _block, _start) = (device, shape, type, block, start);
        if (block is not null)
            block.Owners++;
        device.Scope?.Add(this);
    }

    internal DeviceArray(Device device, Shape shape, DType type, DeferredMap deferred) : this(device, shape, type, block: null) => Deferred = deferred;

    /// <summary>Where the memory is.</summary>
    public Device Device { get; }

    /// <summary>Extents.</summary>
    public Shape Shape { get; }

    /// <summary>Element type.</summary>
    public DType DType { get; }

    /// <summary>Bytes of the elements.</summary>
    public long Bytes => (long)Shape.Count * DType.Bytes();

    /// <summary>The scope that will dispose of this array; null where its creator does.</summary>
    public ArrayScope? Scope { get; internal set; }

    /// <summary>The same memory under another shape of as many elements.</summary>
    public DeviceArray Share(Shape shape)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (shape.Count != Shape.Count)
            throw new ShapeException($"Reshape: {shape} must have as many elements as {Shape}.");
        return new DeviceArray(Device, shape, DType, Memory, _start);
    }

    /// <summary>Copies the elements to the host, converted to float64 where they are float32.</summary>
    public double[] ToDoubles()
    {
        if (DType == DType.Float64)
            return Read<double>();
        return Array.ConvertAll(Read<float>(), value => (double)value);
    }

    /// <summary>Copies the elements to the host, rounded to float32 where they are float64.</summary>
    public float[] ToFloats()
    {
        if (DType == DType.Float32)
            return Read<float>();
        return Array.ConvertAll(Read<double>(), value => (float)value);
    }

    /// <summary>Overwrites the elements, converted to the element type of the array.</summary>
    /// <exception cref="ShapeException">The number of values is not that of the array.</exception>
    public void CopyFrom(ReadOnlySpan<float> values)
    {
        CheckCount(Shape, values.Length);
        if (DType == DType.Float32)
        {
            Write(values);
            return;
        }
        double[] converted = new double[values.Length];
        for (int index = 0; index < values.Length; index++)
            converted[index] = values[index];
        Write<double>(converted);
    }

    /// <summary>Overwrites the elements, converted to the element type of the array.</summary>
    /// <exception cref="ShapeException">The number of values is not that of the array.</exception>
    public void CopyFrom(ReadOnlySpan<double> values)
    {
        CheckCount(Shape, values.Length);
        CopyFrom(values, 0);
    }

    /// <summary>Overwrites a run of elements from <paramref name="start"/> on, converted to the element type of the array.</summary>
    public void CopyFrom(ReadOnlySpan<double> values, int start)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + values.Length, Shape.Count, nameof(start));
        if (DType == DType.Float64)
        {
            Write(values, start);
            return;
        }
        float[] converted = ArrayPool<float>.Shared.Rent(values.Length);
        TensorPrimitives.ConvertTruncating(values, converted.AsSpan(0, values.Length));
        Write<float>(converted.AsSpan(0, values.Length), start);
        ArrayPool<float>.Shared.Return(converted);
    }

    /// <summary>Sets all elements to 0.</summary>
    public void Clear()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        DropSums();
        if (Bytes == 0)
            return;
        Memory?.View.SubView(_start, Bytes).MemSetToZero(Device.Stream);
    }

    /// <summary>Takes the array out of all scopes: from now on its holder disposes of it.</summary>
    public void LeaveScopes()
    {
        while (Scope is { } scope)
            scope.Keep(this);
    }

    /// <summary>Gives the memory back; safe to call twice.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Scope?.Remove(this);
        Deferred?.Dispose();
        DropSums();
        if (_block is not null && --_block.Owners == 0)
            Device.Return(_block);
    }

    /// <summary>Whether no other array shares the memory.</summary>
    internal bool OwnsMemory => Memory is { Owners: 1 };

    /// <summary>What the elements are computed from, as long as they are not in memory; null where they are.</summary>
    internal DeferredMap? Deferred { get; private set; }

    /// <summary>
    /// The <see cref="GradientSums{T}"/> of a gradient by such an output of a batch norm, where the kernel that wrote it made them as well; else null. They are disposed of with
    /// it, and an array that shares its memory has none.
    /// </summary>
    internal (DeferredMap Output, DeviceArray Parts)? Sums { get; set; }

    private void DropSums()
    {
        Sums?.Parts.Dispose();
        Sums = null;
    }

    private MemoryPool.Block? Memory
    {
        get
        {
            Store();
            return _block;
        }
    }

    /// <summary>
    /// The elements for a kernel that may compute them: from what and how, where host bodies run and they are not in memory; else the elements themselves.
    /// </summary>
    internal (ArrayView<T> Elements, Normalisation<T> Normalisation) Operand<T>() where T : unmanaged, INumber<T>
    {
        if (Deferred is not { } deferred || !Device.RunsHostBodies)
            return (View<T>(), default);
        return (deferred.Source.View<T>(), deferred.Normalisation<T>());
    }

    /// <summary>Writes the elements where they are not in memory yet.</summary>
    internal void Store()
    {
        if (Deferred is not { } deferred)
            return;
        Deferred = null;
        using DeviceArray written = deferred.Write();
        _block = written._block!;
        _block.Owners++;
    }

    /// <summary>The elements in host memory.</summary>
    internal unsafe Span<T> Elements<T>() where T : unmanaged => new(View<T>().Pointer(), Shape.Count);

    /// <summary>Whether the other array lies behind this one, with nothing between but what aligns it.</summary>
    internal bool IsFollowedBy(DeviceArray next) =>
        _block is not null && next._block == _block && next.DType == DType && next._start == _start + MemoryPool.Aligned(Bytes);

    /// <summary>The same memory from its start, under a shape of no more elements.</summary>
    internal DeviceArray Leading(Shape shape) => new(Device, shape, DType, Memory, _start);

    /// <summary>The memory from this array to the end of another one that is this one or lies behind it, as one row.</summary>
    internal DeviceArray Through(DeviceArray last) =>
        new(Device, new Shape(checked((int)((last._start + last.Bytes - _start) / DType.Bytes()))), DType, Memory, _start);

    internal ArrayView<T> View<T>() where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (DTypes.Of<T>() != DType)
            throw new InvalidOperationException($"The array holds {DType}, not {DTypes.Of<T>()}.");
        MemoryPool.Block block = Memory ?? throw new InvalidOperationException($"The array {Shape} has a shape and no elements: it is on the shape-only device.");
        return block.View.SubView(_start, Bytes).Cast<T>();
    }

    internal static void CheckCount(Shape shape, int count)
    {
        if (count != shape.Count)
            throw new ShapeException($"CopyFrom: {shape} takes {shape.Count} values, but got {count}.");
    }

    internal T[] Read<T>() where T : unmanaged
    {
        var values = new T[Shape.Count];
        if (values.Length == 0)
            return values;
        Device.Synchronize();
        try
        {
            View<T>().CopyToCPU(Device.Stream, values.AsSpan());
        }
        catch (AcceleratorException exception)
        {
            throw new DeviceFailedException(Device.Name, exception);
        }
        return values;
    }

    internal unsafe void Write<T>(ReadOnlySpan<T> values, int start = 0) where T : unmanaged
    {
        DropSums();
        if (values.Length == 0 || Memory is null)
            return;
        if (Device.IsHost)
            values.CopyTo(new Span<T>(View<T>().Pointer() + start, values.Length));
        else
            Device.Send(MemoryMarshal.AsBytes(values), View<T>().SubView(start, values.Length).Cast<byte>());
    }
}
