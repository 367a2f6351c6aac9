namespace GpuPool.Kernels.Host;

/// <summary>The elements of device arrays as host memory: the arrays themselves on the processor, else copies, of which those written are uploaded at the end.</summary>
internal sealed class HostElements<T> where T : unmanaged
{
    private readonly Dictionary<DeviceArray, T[]> _copies = [];
    private readonly HashSet<DeviceArray> _written = [];

    public ReadOnlySpan<T> Read(DeviceArray array) => IsHostMemory(array) ? Memory(array) : Copy(array, array.Read<T>);

    public Span<T> Write(DeviceArray array)
    {
        if (IsHostMemory(array))
            return Memory(array);
        _written.Add(array);
        return Copy(array, () => new T[array.Shape.Count]);
    }

    public void Upload()
    {
        foreach (DeviceArray array in _written)
            array.Write<T>(_copies[array]);
    }

    private T[] Copy(DeviceArray array, Func<T[]> create)
    {
        if (!_copies.TryGetValue(array, out T[]? copy))
            _copies.Add(array, copy = create());
        return copy;
    }

    // Without host bodies the processor takes the way of a GPU, so that tests see it.
    private static bool IsHostMemory(DeviceArray array) => array.Device.IsHost && array.Device.UseHostBodies;

    private static unsafe Span<T> Memory(DeviceArray array) => new(array.View<T>().Pointer(), array.Shape.Count);
}
