using System.Globalization;
using GpuPool.Models.Safetensors;

namespace GpuPool.Models.Pruning;

/// <summary>Weights of a <see cref="CompactNetwork"/> in a file, which says in its metadata, as <c>channels</c>, how many are left in each map: <c>16,8</c>.</summary>
public static class CompactWeights
{
    private const string Key = "channels";

    /// <summary>Writes all tensors of a network.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(Stream stream, Network network) => SafetensorsFile.Write(
        stream,
        Weights.Tensors(network),
        network.Options.Channels is { } channels ? new Dictionary<string, string> { [Key] = string.Join(',', channels) } : null);

    /// <summary>The channels that a file was written with, for <see cref="NetworkOptions.Channels"/>; null where it does not say.</summary>
    /// <exception cref="WeightsException">What it says are not numbers.</exception>
    public static IReadOnlyList<int>? Channels(SafetensorsFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!file.Metadata.TryGetValue(Key, out string? text))
            return null;
        return [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int channels)
            ? channels
            : throw new WeightsException(file.Path, $"its metadata has the {Key} '{text}', which are not numbers with commas between them"))];
    }
}
