using System.Numerics;

namespace GpuPool.Kernels;

/// <summary>
/// The elements of an array that is not in memory: host bodies that can compute them do as they read, and for all others they are written when they are asked for. A map
/// that nobody else reads so costs no memory, and neither a write nor a read of it.
/// </summary>
/// <remarks>It shares the memory of what it is computed from, and means the same after the scope of that has gone on.</remarks>
/// <param name="sources">What the elements are computed from; a host body reads the first, and those of a gradient need the second beside it.</param>
/// <param name="coefficients">Rows of coefficients, as <see cref="Normalisation{T}"/> has them; they belong to this map.</param>
/// <param name="isGradient">Whether the elements are those of a gradient.</param>
/// <param name="bounds">Bounds of the activation.</param>
/// <param name="write">Writes the elements, computed from shares of the sources.</param>
internal sealed class DeferredMap(
    IEnumerable<DeviceArray> sources, DeviceArray coefficients, bool isGradient, (double Lower, double Upper) bounds, Action<DeviceArray[], DeviceArray> write) : IDisposable
{
    private readonly DeviceArray[] _sources = [.. sources.Select(source => source.Share(source.Shape))];

    /// <summary>Whether the elements are those of a gradient.</summary>
    public bool IsGradient => isGradient;

    /// <summary>What a host body reads.</summary>
    public DeviceArray Source => _sources[0];

    /// <summary>What it makes of that.</summary>
    public Normalisation<T> Normalisation<T>() where T : unmanaged, INumber<T> => new()
    {
        Coefficients = coefficients.View<T>(),
        X = isGradient ? _sources[1].View<T>() : default,
        Lower = T.CreateChecked(bounds.Lower),
        Upper = T.CreateChecked(bounds.Upper),
    };

    /// <summary>Writes the elements into a new array, or in the place of what they are computed from where nobody else holds a gradient any more, and gives back what is shared.</summary>
    public DeviceArray Write()
    {
        DeviceArray target = isGradient && Source.OwnsMemory ? Source : Source.Device.Allocate(Source.Shape, Source.DType);
        write(_sources, target);
        DeviceArray result = target.Share(target.Shape);
        if (target != Source)
            target.Dispose();
        Dispose();
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceArray source in _sources)
            source.Dispose();
        coefficients.Dispose();
    }
}
