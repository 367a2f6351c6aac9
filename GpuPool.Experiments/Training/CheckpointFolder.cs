using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using GpuPool.Experiments.Storage;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Training;

/// <summary>
/// The two newest checkpoints of a run, <c>NUMBER.safetensors</c> and <c>NUMBER.json</c> each. The tensors are written first; the checkpoint exists when its
/// JSON, which holds the SHA-256 of the tensors and of itself, has its name. Older files are removed after that, so a run killed at any moment,
/// or out of disk space at any call, has its last checkpoint.
/// </summary>
/// <param name="path">The folder; made when something is saved.</param>
/// <param name="disk">Where to write.</param>
internal sealed class CheckpointFolder(string path, IDisk disk)
{
    private const string TensorsEnd = ".safetensors", ManifestEnd = ".json";

    // The newest checkpoint known to be sound.
    private int? _newest;

    private sealed record Manifest(string Sha256, Checkpoint Checkpoint);

    /// <summary>Adds a checkpoint, and keeps of the older ones only the last sound one.</summary>
    /// <exception cref="IOException">It cannot be written; the older ones stay.</exception>
    public void Save(Checkpoint checkpoint, IEnumerable<SafetensorsTensor> tensors)
    {
        OutputFolder.Create(path);
        int number = Files().Select(Number).DefaultIfEmpty(0).Max() + 1;
        string hash = "";
        AtomicFile.Write(File(number, TensorsEnd), stream => hash = Write(stream, tensors), disk);
        byte[] manifest = SealedJson.Write(new Manifest(hash, checkpoint));
        AtomicFile.Write(File(number, ManifestEnd), stream => stream.Write(manifest), disk);
        (int? previous, _newest) = (_newest, number);
        foreach (string file in Files().Where(file => Number(file) != number && Number(file) != previous))
            disk.Delete(file);
    }

    /// <summary>The newest checkpoint that is as it was written; null if there is none at all.</summary>
    /// <param name="warn">Is told of each newer one that is not.</param>
    /// <exception cref="GpuPoolException">There are only damaged ones (11).</exception>
    public (Checkpoint Checkpoint, SafetensorsFile Tensors)? Load(Action<string> warn)
    {
        int[] numbers = [.. Files().Where(file => file.EndsWith(ManifestEnd, StringComparison.Ordinal)).Select(Number).OrderDescending()];
        foreach (int number in numbers)
        {
            if (Read(number, out string fault) is { } sound)
            {
                _newest = number;
                return sound;
            }
            warn($"{fault}; going back to the checkpoint before it");
        }
        return numbers.Length == 0 ? null : throw new GpuPoolException(
            ExitCode.DataCorrupt, $"all checkpoints in {path} are damaged", "Remove this folder to train again from the start.");
    }

    /// <summary>Removes all checkpoints.</summary>
    public void Clear()
    {
        foreach (string file in Files())
            disk.Delete(file);
        if (Directory.Exists(path))
            Directory.Delete(path);
    }

    private (Checkpoint, SafetensorsFile)? Read(int number, out string fault)
    {
        string manifestFile = File(number, ManifestEnd), tensorsFile = File(number, TensorsEnd);
        fault = $"{manifestFile} is not as it was written";
        try
        {
            if (SealedJson.Read<Manifest>(System.IO.File.ReadAllBytes(manifestFile)) is not { } manifest)
                return null;
            fault = $"{tensorsFile} is not as it was written";
            using (FileStream stream = System.IO.File.OpenRead(tensorsFile))
            {
                if (Convert.ToHexStringLower(SHA256.HashData(stream)) != manifest.Sha256)
                    return null;
            }
            return (manifest.Checkpoint, SafetensorsFile.Read(tensorsFile));
        }
        catch (Exception exception) when (exception is JsonException or SafetensorsException or IOException)
        {
            fault = $"{fault} ({exception.Message.TrimEnd('.')})";
            return null;
        }
    }

    private static string Write(Stream stream, IEnumerable<SafetensorsTensor> tensors)
    {
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
            SafetensorsFile.Write(hashed, tensors);
        return Convert.ToHexStringLower(hash.Hash!);
    }

    private string File(int number, string end) => Path.Combine(path, number.ToString("D6", CultureInfo.InvariantCulture) + end);

    // Files of other names are not ours.
    private IEnumerable<string> Files() => Directory.Exists(path) ? Directory.GetFiles(path).Where(file => Number(file) > 0) : [];

    private static int Number(string file) =>
        int.TryParse(Path.GetFileName(file).Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
