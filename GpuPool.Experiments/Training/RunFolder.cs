using System.Text.Json;
using GpuPool.Experiments.Storage;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Training;

/// <summary>
/// The folder of one training run: <c>config.json</c>, <c>classes.json</c>, <c>log.jsonl</c> and <c>log.csv</c> with a line for each finished epoch, <c>best.safetensors</c> and
/// <c>last.safetensors</c> under the released code's names, and <c>checkpoints</c> until the run is finished. Every file is replaced as a whole; all but the
/// configuration can be made again from the last checkpoint, so a run killed at any moment goes on from there. It is finished when <c>log.jsonl</c> is full.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    /// <summary>In the weights that were imported: the file that they are from.</summary>
    public const string ImportedFrom = "imported";

    private readonly string _path;
    private readonly IDisk _disk;
    private readonly IDisposable? _lock;
    private readonly CheckpointFolder _checkpoints;

    private RunFolder(string path, TrainingConfig config, IDisk disk, IDisposable? runLock) =>
        (_path, Config, _disk, _lock, _checkpoints) = (path, config, disk, runLock, new CheckpointFolder(CheckpointsOf(path), disk));

    /// <summary>What the run was started with.</summary>
    public TrainingConfig Config { get; }

    /// <summary>Weights after the epoch with the best test accuracy; no file where no epoch was finite.</summary>
    public string BestWeights => Path.Combine(_path, "best.safetensors");

    /// <summary>Weights after the last finished epoch.</summary>
    public string LastWeights => Path.Combine(_path, "last.safetensors");

    /// <summary>Best weights of a pruned run without the masked channels.</summary>
    public string CompactWeights => Path.Combine(_path, "compact.safetensors");

    /// <summary>Where the training stands, see <see cref="CheckpointFolder"/>.</summary>
    public string Checkpoints => CheckpointsOf(_path);

    /// <summary>Whether all epochs are done.</summary>
    public bool IsFinished => ReadLog().AreAllOf(Config);

    private string LogFile => Path.Combine(_path, "log.jsonl");

    /// <summary>Opens the folder of an earlier run, to read what is there.</summary>
    /// <exception cref="GpuPoolException">There is none (10), or its configuration cannot be read (11).</exception>
    public static RunFolder Read(string path) => new(path, ReadConfig(path), Disk.Instance, runLock: null);

    /// <summary>
    /// Opens a folder for this configuration: a new one, or one with an earlier run of the same configuration. No other process can until it is disposed.
    /// </summary>
    /// <param name="path">The folder; made where it does not exist.</param>
    /// <param name="config">What to train.</param>
    /// <param name="classNames">Names of the classes in the order of their labels.</param>
    /// <param name="resume">Whether an unfinished run may be continued.</param>
    /// <param name="allowOtherClasses">Whether the earlier run may have been of classes of other names.</param>
    /// <param name="disk">Where to write; null for the disk of this machine.</param>
    /// <exception cref="GpuPoolException">The folder holds another run, an unfinished one that was not to be continued, or one that is in use.</exception>
    public static RunFolder Open(
        string path, TrainingConfig config, IReadOnlyList<string> classNames, bool resume, bool allowOtherClasses = false, IDisk? disk = null)
    {
        OutputFolder.Create(path);
        var folder = new RunFolder(path, config, disk ?? Disk.Instance, RunLock.Take(path));
        try
        {
            folder.Enter(classNames, resume, allowOtherClasses);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The classes in the order of their labels.</summary>
    /// <exception cref="GpuPoolException">The file that names them is missing (10) or cannot be read (11).</exception>
    public IReadOnlyList<string> ReadClassNames() => ClassNames.Read(_path)
        ?? throw new GpuPoolException(ExitCode.DataMissing, $"{_path} has no classes.json", "Train the detector again.");

    /// <inheritdoc cref="ClassNames.Check"/>
    public void CheckClasses(IReadOnlyList<string> names, bool allowOthers) => ClassNames.Check(_path, names, allowOthers);

    /// <summary>Refuses a file to be written that holds weights of the run.</summary>
    /// <exception cref="GpuPoolException">It does (2).</exception>
    public void CheckIsNoWeights(string file)
    {
        if (new[] { BestWeights, LastWeights, CompactWeights }.Any(weights => RealPath.Of(weights) == RealPath.Of(file)))
            throw new GpuPoolException(ExitCode.Usage, $"{file} holds weights of the run itself", "Give another file.");
    }

    /// <summary>Lets other processes in.</summary>
    public void Dispose() => _lock?.Dispose();

    /// <summary>The finished epochs.</summary>
    /// <exception cref="GpuPoolException">The log cannot be read (11).</exception>
    public IReadOnlyList<EpochRecord> ReadLog()
    {
        try
        {
            return File.Exists(LogFile) ? [.. File.ReadLines(LogFile).Select(line => JsonSerializer.Deserialize<EpochRecord>(line, Json.Line) ?? throw new JsonException())] : [];
        }
        catch (JsonException exception)
        {
            throw new GpuPoolException(
                ExitCode.DataCorrupt, $"{LogFile} is not a log of epochs", "Remove the file; --resume writes it again from the last checkpoint.", exception);
        }
    }

    /// <summary>Takes a new run to where this folder stands, and everything in the folder with it.</summary>
    /// <param name="run">The run, before its first step.</param>
    /// <param name="warn">Is told what was found damaged.</param>
    /// <exception cref="GpuPoolException">No checkpoint is sound (11), or it does not fit the run (3).</exception>
    public void Resume(TrainingRun run, Action<string> warn)
    {
        if (_checkpoints.Load(warn) is not { } found)
            return;
        run.Restore(found.Checkpoint, found.Tensors);
        if (found.Checkpoint.Ranks != run.Ranks)
            warn($"ranks before this: {found.Checkpoint.Ranks}, now: {run.Ranks}; steps take other pictures together from here on");
        if (run.Epochs.Count == 0)
            return;
        WriteWeights(BestWeights, run.Best);
        WriteLog(run.Epochs);
    }

    /// <summary>Saves where the run stands.</summary>
    public void Save(TrainingRun run) => _checkpoints.Save(run.Checkpoint(), run.Tensors());

    /// <summary>Writes what the epoch that has just finished brings, and saves the run unless that was the last.</summary>
    public void SaveEpoch(TrainingRun run)
    {
        WriteWeights(LastWeights, run.Kept());
        if (run.Epochs[^1] == run.Epochs.Best(Config))
            WriteWeights(BestWeights, run.Best);
        else if (run.Best.Count == 0)
            _disk.Delete(BestWeights);
        WriteLog(run.Epochs);
        if (run.IsFinished)
            _checkpoints.Clear();
        else
            Save(run);
    }

    private void Enter(IReadOnlyList<string> classNames, bool resume, bool allowOtherClasses)
    {
        // A run that ended before its first checkpoint, because its batch did not fit for example, leaves nothing that another configuration could spoil.
        if (!File.Exists(ConfigFile(_path)) || !File.Exists(LogFile) && !Directory.Exists(Checkpoints))
        {
            if (File.Exists(BestWeights) && SafetensorsFile.Read(BestWeights).Metadata.TryGetValue(ImportedFrom, out string? source))
                throw new GpuPoolException(ExitCode.Configuration, $"{_path} holds weights imported from {source}, which would be replaced", "Choose another folder for --run.");
            ClassNames.Write(_path, classNames, _disk);
            AtomicFile.WriteText(ConfigFile(_path), JsonSerializer.Serialize(Config, Json.Indented) + "\n", _disk);
            return;
        }
        if (ReadConfig(_path) is var earlier && earlier != Config)
        {
            throw new GpuPoolException(
                ExitCode.Configuration, $"{_path} holds a run with another configuration ({earlier.Difference(Config)})", "Choose another folder for --run.");
        }
        CheckClasses(classNames, allowOtherClasses);
        if (IsFinished)
            _checkpoints.Clear();
        else if (!resume)
        {
            throw new GpuPoolException(
                ExitCode.Configuration,
                $"{_path} holds an unfinished run of this configuration",
                "Continue it with --resume, or choose another folder for --run.");
        }
    }

    // The log is the last of these files, so that a run that counts as finished has them all.
    private void WriteLog(IReadOnlyList<EpochRecord> records)
    {
        CsvFile.Write(Path.Combine(_path, "log.csv"), records, _disk);
        AtomicFile.WriteText(LogFile, string.Concat(records.Select(record => JsonSerializer.Serialize(record, Json.Line) + "\n")), _disk);
    }

    private void WriteWeights(string file, IEnumerable<SafetensorsTensor> tensors) =>
        AtomicFile.Write(file, stream => SafetensorsFile.Write(stream, tensors), _disk);

    private static TrainingConfig ReadConfig(string path)
    {
        string file = ConfigFile(path);
        if (!File.Exists(file))
            throw new GpuPoolException(
                ExitCode.DataMissing, $"{path} is not the folder of a run: it has no config.json", "Give the folder that was --run of 'gpupool train'.");
        try
        {
            return JsonSerializer.Deserialize<TrainingConfig>(File.ReadAllText(file), Json.Indented)!;
        }
        catch (JsonException exception)
        {
            throw new GpuPoolException(
                ExitCode.DataCorrupt, $"{file}, line {exception.LineNumber + 1}, is not a configuration", "Restore the file, or start a new run.", exception);
        }
    }

    private static string ConfigFile(string path) => Path.Combine(path, "config.json");

    private static string CheckpointsOf(string path) => Path.Combine(path, "checkpoints");
}
