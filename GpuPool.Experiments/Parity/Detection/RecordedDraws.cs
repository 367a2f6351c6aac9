using System.Text.Json;
using GpuPool.Experiments.Data;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>The random numbers of a recording in the order in which they were drawn: each the function, its arguments and its value.</summary>
/// <param name="draws">The recorded calls.</param>
internal sealed class RecordedDraws(IReadOnlyList<JsonElement> draws) : IRandomDraws
{
    private int _next;

    /// <summary>Draws that nobody asked for.</summary>
    public int Left => draws.Count - _next;

    /// <inheritdoc/>
    public double NextDouble(double low, double high) => Value().GetDouble();

    /// <inheritdoc/>
    public int Next(int count) => (int)Value().GetDouble();

    /// <inheritdoc/>
    public void Shuffle(Span<int> items)
    {
        foreach ((int i, JsonElement item) in Value().EnumerateArray().Take(items.Length).Index())
            items[i] = Math.Clamp((int)item.GetDouble(), 0, items.Length - 1);
    }

    private JsonElement Value() => _next < draws.Count && draws[_next].GetArrayLength() > 2 ? draws[_next++][2] : throw new GpuPoolException(
        ExitCode.DataCorrupt, $"the recording has {draws.Count} draws, and a replay needs more", "Take a recording of the same op.");
}
