using ILGPU.Runtime;

namespace GpuPool.Kernels;

/// <summary>Sends arrays of float32 to a device one ahead: the next one while it computes with the last.</summary>
/// <remarks>
/// On a GPU copies have a stream of their own, from memory of the host that stays where it is to two places of the device in turn. They are not in the order of the launches, so what was
/// launched with a place must be done before the next array goes there: it is, where the device was waited for meanwhile, as whoever reads the loss of a step does, and else it is waited for.
/// The processor computes nothing while it copies: there an array is copied as it is taken.
/// </remarks>
/// <param name="device">Where they go.</param>
public sealed class UploadAhead(Device device) : IDisposable
{
    private readonly Place[] _places = [new(device), new(device)];

    private AcceleratorStream? _stream;
    private Shape _shape;
    private float[] _values = [];
    private int _begun;

    /// <summary>Begins to send an array. Its values must stay as they are until it is taken.</summary>
    /// <exception cref="ShapeException">The number of values is not that of the shape.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit.</exception>
    /// <exception cref="DeviceFailedException">The device failed.</exception>
    public void Begin(Shape shape, float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        DeviceArray.CheckCount(shape, values.Length);
        (_shape, _values) = (shape, values);
        if (device.Kind is DeviceKind.Cpu or DeviceKind.ShapeOnly)
            return;
        Guard(() =>
        {
            _stream ??= device.Accelerator.CreateStream();
            _stream.Synchronize();
            _places[++_begun % 2].Begin(values, _stream);
        });
    }

    /// <summary>The array that was begun last, in the innermost open scope, after it has arrived.</summary>
    /// <exception cref="DeviceMemoryException">It does not fit.</exception>
    /// <exception cref="DeviceFailedException">The device failed.</exception>
    public DeviceArray Take()
    {
        if (_stream is null)
            return device.Upload(_shape, _values);
        Guard(_stream.Synchronize);
        return _places[_begun % 2].Take(_shape);
    }

    /// <summary>Releases the memory; arrays that were taken keep theirs.</summary>
    public void Dispose()
    {
        try
        {
            _stream?.Synchronize();
        }
        catch (AcceleratorException)
        {
            // A device that has failed reads nothing any more.
        }
        _stream?.Dispose();
        foreach (Place place in _places)
            place.Dispose();
    }

    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (AcceleratorException exception)
        {
            throw new DeviceFailedException(device.Name, exception);
        }
    }

    private sealed class Place(Device device) : IDisposable
    {
        private PageLockedArray1D<float>? _sent;
        private DeviceArray? _arrived;
        private int _waitsAtTake = -1;

        public void Begin(float[] values, AcceleratorStream stream)
        {
            // Memory of the pool, too, may be in use by what was launched before.
            if (Reserve(values.Length) || _waitsAtTake == device.Synchronisations)
                device.Synchronize();
            values.CopyTo(_sent!.Span);
            _arrived!.View<float>().SubView(0, values.Length).CopyFromCPUUnsafeAsync(stream, ref _sent.Span[0], values.Length);
        }

        public DeviceArray Take(Shape shape)
        {
            _waitsAtTake = device.Synchronisations;
            return _arrived!.Leading(shape);
        }

        public void Dispose()
        {
            _arrived?.Dispose();
            _sent?.Dispose();
            (_arrived, _sent) = (null, null);
        }

        private bool Reserve(int count)
        {
            if (_arrived?.Shape.Count >= count)
                return false;
            Dispose();
            _arrived = device.Allocate(new Shape(count));
            _arrived.LeaveScopes();
            _sent = device.Accelerator.AllocatePageLocked1D<float>(count);
            return true;
        }
    }
}
