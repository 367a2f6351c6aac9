using System.Text.Json;
using GpuPool.Experiments.Report;
using GpuPool.Models;

namespace GpuPool.Experiments.Training;

/// <summary>
/// The folder of one training run: <c>config.json</c>, <c>log.jsonl</c> and <c>log.csv</c> with a line for each finished epoch, <c>best.safetensors</c> and
/// <c>last.safetensors</c> under the released code's names, and <c>state.safetensors</c> until the run is finished. Every file is replaced as a whole, and the
/// state last, so a run killed at any moment goes on from its last state.
/// </summary>
internal sealed class RunFolder
{
    private readonly string _path;

    private RunFolder(string path, TrainingConfig config) => (_path, Config) = (path, config);

    /// <summary>What the run was started with.</summary>
    public TrainingConfig Config { get; }

    /// <summary>Weights after the epoch with the best test accuracy.</summary>
    public string BestWeights => Path.Combine(_path, "best.safetensors");

    /// <summary>Weights after the last finished epoch.</summary>
    public string LastWeights => Path.Combine(_path, "last.safetensors");

    /// <summary>Where the training stands.</summary>
    public string State => Path.Combine(_path, "state.safetensors");

    /// <summary>Whether all epochs are done.</summary>
    public bool IsFinished => ReadLog().Count == Config.Epochs;

    private string ConfigFile => Path.Combine(_path, "config.json");

    private string LogFile => Path.Combine(_path, "log.jsonl");

    /// <summary>Opens the folder of an earlier run.</summary>
    /// <exception cref="GpuPoolException">There is none (10), or its configuration cannot be read (11).</exception>
    public static RunFolder Read(string path)
    {
        string file = Path.Combine(path, "config.json");
        if (!File.Exists(file))
            throw new GpuPoolException(
                ExitCode.DataMissing, $"{path} is not the folder of a run: it has no config.json", "Give the folder that was --run of 'gpupool train'.");
        try
        {
            return new RunFolder(path, JsonSerializer.Deserialize<TrainingConfig>(File.ReadAllText(file), Json.Indented)!);
        }
        catch (JsonException exception)
        {
            throw new GpuPoolException(
                ExitCode.DataCorrupt, $"{file}, line {exception.LineNumber + 1}, is not a configuration", "Restore the file, or start a new run.", exception);
        }
    }

    /// <summary>Opens a folder for this configuration: a new one, or one with an earlier run of the same configuration.</summary>
    /// <param name="path">The folder; made where it does not exist.</param>
    /// <param name="config">What to train.</param>
    /// <param name="resume">Whether an unfinished run may be continued.</param>
    /// <exception cref="GpuPoolException">The folder holds another run, or an unfinished one that was not to be continued.</exception>
    public static RunFolder Open(string path, TrainingConfig config, bool resume)
    {
        if (File.Exists(Path.Combine(path, "config.json")))
        {
            RunFolder earlier = Read(path);
            if (earlier.Config != config)
                throw new GpuPoolException(
                    ExitCode.Configuration,
                    $"{path} holds a run with another configuration ({Difference(earlier.Config, config)})",
                    "Choose another folder for --run.");
            if (!resume && !earlier.IsFinished)
                throw new GpuPoolException(
                    ExitCode.Configuration,
                    $"{path} holds an unfinished run of this configuration",
                    "Continue it with --resume, or choose another folder for --run.");
            return earlier;
        }
        OutputFolder.Create(path);
        var folder = new RunFolder(path, config);
        AtomicFile.WriteText(folder.ConfigFile, JsonSerializer.Serialize(config, Json.Indented) + "\n");
        return folder;
    }

    /// <summary>The finished epochs.</summary>
    public IReadOnlyList<EpochRecord> ReadLog() => File.Exists(LogFile)
        ? [.. File.ReadLines(LogFile).Select(line => JsonSerializer.Deserialize<EpochRecord>(line, Json.Line)!)]
        : [];

    /// <summary>Writes both logs.</summary>
    public void WriteLog(IReadOnlyList<EpochRecord> records)
    {
        AtomicFile.WriteText(LogFile, string.Concat(records.Select(record => JsonSerializer.Serialize(record, Json.Line) + "\n")));
        CsvFile.Write(Path.Combine(_path, "log.csv"), records);
    }

    /// <summary>Saves the weights after an epoch.</summary>
    public void SaveWeights(Network network, bool best)
    {
        Weights.Save(network, LastWeights);
        if (best)
            Weights.Save(network, BestWeights);
    }

    private static string Difference(TrainingConfig there, TrainingConfig here)
    {
        JsonElement first = JsonSerializer.SerializeToElement(there, Json.Line), second = JsonSerializer.SerializeToElement(here, Json.Line);
        return string.Join(", ", first.EnumerateObject()
            .Where(property => property.Value.ToString() != second.GetProperty(property.Name).ToString())
            .Select(property => $"{property.Name} {property.Value} there, {second.GetProperty(property.Name)} here"));
    }
}
