using GpuPool.Experiments.Data;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;
using GpuPool.Models.Pruning;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Training;

/// <summary>The classifier of a finished run with its weights, for pictures of whatever origin: its data set is not opened.</summary>
internal sealed class TrainedNetwork : IDisposable
{
    private TrainedNetwork(string run, RunFolder folder, Network network) => (Run, Config, ClassNames, Network) = (run, folder.Config, folder.ReadClassNames(), network);

    /// <summary>Its folder, as it was given.</summary>
    public string Run { get; }

    /// <summary>What it was trained with.</summary>
    public TrainingConfig Config { get; }

    /// <summary>The classes in the order of their labels.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The network, in evaluation.</summary>
    public Network Network { get; }

    /// <summary>Shape of one input.</summary>
    public Shape InputShape => new(1, Config.Size, Config.Size, Network.ImageChannels);

    /// <summary>Loads it.</summary>
    /// <param name="device">Where to.</param>
    /// <param name="run">Folder of the run.</param>
    /// <param name="weights">The file of the weights, by the folder; null for those of the best epoch.</param>
    /// <exception cref="GpuPoolException">The run has no such weights (10), they are damaged (11), or it is of a detector (3).</exception>
    public static TrainedNetwork Open(Device device, string run, Func<RunFolder, string>? weights = null)
    {
        RunFolder folder = RunFolder.Read(run);
        if (DetectorArchitecture.IsDetector(folder.Config.Architecture))
            throw new GpuPoolException(ExitCode.Configuration, $"{run} holds a run of the detector {folder.Config.Architecture}", "Give the run of a network that classifies.");
        string path = weights?.Invoke(folder) ?? folder.BestWeights;
        if (!File.Exists(path))
            throw new GpuPoolException(ExitCode.DataMissing, $"{path} does not exist", "Train at least one epoch first.");
        SafetensorsFile file = SafetensorsFile.Read(path);
        var options = new NetworkOptions(folder.ReadClassNames().Count, folder.Config.Width, folder.Config.Seed) { Channels = CompactWeights.Channels(file) };
        Network network = Network.Create(device, Architecture.Parse(folder.Config.Architecture), options);
        try
        {
            Weights.Load(network, file);
            return new TrainedNetwork(run, folder, network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>A picture as the network gets it, (Size, Size, 3) numbers.</summary>
    public float[] Input(RgbImage image)
    {
        float[] values = new float[InputShape.Count];
        var draws = default(RandomSequence);
        Config.Preprocessing.Evaluation(Config.Size).Apply(image, ref draws, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}
