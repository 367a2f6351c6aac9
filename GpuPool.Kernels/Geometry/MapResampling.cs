using System.Numerics;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Geometry;

/// <summary>A map resampled to another height and width, as kernels see it.</summary>
internal readonly record struct MapResampling(ResampledAxis Vertical, ResampledAxis Horizontal, int Channels)
{
    public MapLayout Source => new(Vertical.Source, Horizontal.Source, Channels);

    public MapLayout Target => new(Vertical.Target, Horizontal.Target, Channels);
}

/// <summary>
/// Which source cells a target cell reads along one axis, and with which weights. Positions are whole numbers, in units of 1 / (2 Target) source cells,
/// so that rounding cannot choose another cell: target cell t begins at 2 t Source, and its centre lies behind the first centre of the source by
/// Source - Target more.
/// </summary>
/// <param name="Source">Cells of the source.</param>
/// <param name="Target">Cells of the target.</param>
/// <param name="Taps">Source cells that each target cell reads: 1 (nearest) or 2 (linear).</param>
internal readonly record struct ResampledAxis(int Source, int Target, int Taps)
{
    private int Unit => 2 * Target;

    private int Shift => Taps == 1 ? 0 : Source - Target;

    /// <summary>Source cell of a tap; at the border both taps read the same one.</summary>
    public int Cell(int target, int tap) => Math.Min(Position(target) / Unit + tap, Source - 1);

    /// <summary>Weight of a tap; those of a target cell sum to 1.</summary>
    public T Weight<T, R>(int target, int tap) where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        int remainder = Taps == 1 ? 0 : Position(target) % Unit;
        return R.Of(tap == 0 ? Unit - remainder : remainder) / R.Of(Unit);
    }

    /// <summary>Weight with which a target cell reads a source cell.</summary>
    public T WeightOf<T, R>(int source, int target) where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        T weight = R.Of(0);
        for (int tap = 0; tap < Taps; tap++)
        {
            if (Cell(target, tap) == source)
                weight += Weight<T, R>(target, tap);
        }
        return weight;
    }

    /// <summary>Target cells that read a source cell.</summary>
    public Interval Readers(int source) => new(FirstFrom(source - Taps + 1), FirstFrom(source + 1));

    private int Position(int target) => Math.Max(2 * target * Source + Shift, 0);

    /// <summary>First target cell whose first tap is this source cell or one behind it.</summary>
    private int FirstFrom(int source) =>
        source <= 0 ? 0 : Math.Min(Math.Max(source * Unit - Shift + 2 * Source - 1, 0) / (2 * Source), Target);
}
