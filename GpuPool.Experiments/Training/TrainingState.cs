using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Experiments.Report;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Training;

/// <summary>Where a run stands between two steps, beside the tensors of network and optimiser.</summary>
/// <param name="Epoch">Current epoch, from 1.</param>
/// <param name="Step">Steps done in it.</param>
/// <param name="Score">Loss and accuracy of these steps.</param>
/// <param name="Seconds">Time of these steps.</param>
internal sealed record TrainingState(int Epoch, int Step, Score Score, double Seconds)
{
    private const string Position = "position";

    /// <summary>Before the first step.</summary>
    public static TrainingState Start { get; } = new(1, 0, default, 0);

    /// <summary>The first step of the next epoch.</summary>
    public TrainingState NextEpoch() => Start with { Epoch = Epoch + 1 };

    /// <summary>Saves the position and every tensor, exactly and in our own layout.</summary>
    public void Write(string path, Network network, Sgd optimiser) => SafetensorsFile.Write(
        path,
        Tensors(network, optimiser).Select(entry => new SafetensorsTensor(entry.Name, entry.Array.Shape, entry.Array.ToFloats())),
        new Dictionary<string, string> { [Position] = JsonSerializer.Serialize(this, Json.Line) });

    /// <summary>Restores what <see cref="Write"/> saved.</summary>
    /// <exception cref="SafetensorsException">The file is not such a state.</exception>
    /// <exception cref="GpuPoolException">It is the state of another network.</exception>
    public static TrainingState Read(string path, Network network, Sgd optimiser)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        foreach ((string name, DeviceArray array) in Tensors(network, optimiser))
        {
            if (!file.Entries.TryGetValue(name, out SafetensorsEntry? entry) || entry.Shape != array.Shape)
                throw Corrupt($"has no tensor '{name}' {array.Shape}");
            array.CopyFrom(file.Floats(name));
        }
        try
        {
            return JsonSerializer.Deserialize<TrainingState>(file.Metadata[Position], Json.Line)!;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException)
        {
            throw Corrupt("does not say at which step it was saved");
        }

        GpuPoolException Corrupt(string what) => new(ExitCode.DataCorrupt, $"{path} {what}", "Remove the file to train again from the start.");
    }

    private static IEnumerable<(string Name, DeviceArray Array)> Tensors(Network network, Sgd optimiser) =>
        network.States.Select(entry => ($"network.{entry.Name}", entry.State.Value.Value))
            .Concat(optimiser.State);
}
