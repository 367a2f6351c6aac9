using System.Text.Json;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Parity.Detection;

namespace GpuPool.Experiments.Parity;

/// <summary>A kind of recording in JSON.</summary>
/// <param name="Property">The property of its root that no other kind has.</param>
/// <param name="Replay">Replays the file of this path, whose root it gets.</param>
internal sealed record JsonReplayKind(string Property, Func<string, JsonElement, IEnumerable<ReplayedTensor>> Replay)
{
    /// <summary>The known ones; each stands in the file of its kind.</summary>
    public static IReadOnlyList<JsonReplayKind> All => [KeptPicturesReplay.Kind, EvaluationReplay.Kind];

    /// <summary>The worst value of a recording.</summary>
    /// <exception cref="GpuPoolException">It is none (11).</exception>
    public static ReplayedTensor Run(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && All.FirstOrDefault(kind => root.TryGetProperty(kind.Property, out _)) is { } kind)
                return ReplayedTensor.Worst(kind.Replay(path, root));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Corrupt(path, exception);
        }
        throw Corrupt(path, null);
    }

    /// <summary>The file that a recording names by a path that begins at one of the folders above it.</summary>
    /// <exception cref="GpuPoolException">There is none (10).</exception>
    public static string Beside(string path, string named)
    {
        for (string? folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, named)))
                return Path.Combine(folder, named);
        }
        throw DataFile.Missing(path, $"was recorded from {named}, which is in no folder above it");
    }

    private static GpuPoolException Corrupt(string path, Exception? inner) => new(
        ExitCode.DataCorrupt, $"{path} is not a recording in JSON", $"Known ones have at their root {string.Join(" or ", All.Select(kind => kind.Property))}.", inner);
}
