namespace GpuPool.Kernels;

/// <summary>
/// Owns every array made while it is open: <c>using var step = device.OpenScope();</c> returns all intermediates of a step at its end.
/// Scopes nest; <see cref="Keep"/> hands an array to the scope outside.
/// </summary>
public sealed class ArrayScope : IDisposable
{
    private readonly Device _device;
    private readonly ArrayScope? _outer;
    private readonly HashSet<DeviceArray> _arrays = [];

    internal ArrayScope(Device device)
    {
        (_device, _outer) = (device, device.Scope);
        device.Scope = this;
    }

    /// <summary>The array lives on: it now belongs to the scope outside this one, or to the caller where there is none.</summary>
    public void Keep(DeviceArray array)
    {
        ArgumentNullException.ThrowIfNull(array);
        if (!_arrays.Remove(array))
            return;
        array.Store();
        array.Scope = null;
        _outer?.Add(array);
    }

    /// <summary>Returns the memory of all arrays that were not kept.</summary>
    public void Dispose()
    {
        if (_device.Scope == this)
            _device.Scope = _outer;
        foreach (DeviceArray array in _arrays.ToArray())
            array.Dispose();
    }

    internal void Add(DeviceArray array)
    {
        _arrays.Add(array);
        array.Scope = this;
    }

    internal void Remove(DeviceArray array) => _arrays.Remove(array);
}
