using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Distributed;
using GpuPool.Experiments.Storage;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Pruning;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Training;

/// <summary>All that changes while a module is trained: what a checkpoint saves and restores.</summary>
/// <param name="config">What is trained.</param>
/// <param name="data">Extents of the data set.</param>
/// <param name="module">Its weights and running statistics.</param>
/// <param name="optimizer">Its velocities.</param>
/// <param name="pruning">Its masks; null where nothing is pruned.</param>
/// <param name="average">The mean of its weights over the steps, which is tested and kept in their place; null for the weights themselves.</param>
/// <param name="ranks">The processes that train it together; null for this one alone.</param>
internal sealed class TrainingRun(
    TrainingConfig config, DataExtents data, Module module, Optimizer optimizer, ChannelPruning? pruning = null, WeightAverage? average = null, Ranks? ranks = null)
{
    private const string ModulePrefix = "network.", BestPrefix = "best.";

    private readonly List<EpochRecord> _epochs = [];
    private readonly Ranks _ranks = ranks ?? Distributed.Ranks.Alone;
    private readonly GradientBuckets? _buckets = ranks is { Count: > 1 } ? new GradientBuckets(ranks, module.Parameters.Select(entry => entry.Parameter)) : null;

    /// <summary>The module.</summary>
    public Module Module => module;

    /// <summary>The optimiser.</summary>
    public Optimizer Optimizer => optimizer;

    /// <summary>Processes that train it together.</summary>
    public int Ranks => _ranks.Count;

    /// <summary>Epoch and step.</summary>
    public TrainingState State { get; set; } = TrainingState.Start;

    /// <summary>The finished epochs.</summary>
    public IReadOnlyList<EpochRecord> Epochs => _epochs;

    /// <summary>Weights after the best epoch, as in a file of weights; none while there is no such epoch.</summary>
    public IReadOnlyList<SafetensorsTensor> Best { get; private set; } = [];

    /// <summary>Name of the first array of module or optimiser that holds what is no finite number; null where all are finite.</summary>
    public string? Nonfinite => Arrays().FirstOrDefault(entry => !TensorPrimitives.IsFiniteAll<float>(entry.Array.ToFloats())).Name;

    /// <summary>Whether no epoch is left.</summary>
    public bool IsFinished => _epochs.AreAllOf(config);

    /// <summary>Sets the masks for the current epoch, unless it has begun. The masks change here and not at the end of the epoch before, so that it is
    /// tested and saved with those that it was trained with.</summary>
    public void BeginEpoch()
    {
        if (State.Step == 0 && config.Pruning?.RateBefore(State.Epoch, config.Epochs) is { } rate)
            pruning?.Update(rate);
    }

    /// <summary>Adds the gradients of a loss to those of the step.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="endsStep">Whether it is the last one of the step, so that gradients may go to other ranks as soon as they are final. From a GPU they go in <see cref="Step"/>: to
    /// read one the host would wait for the device.</param>
    public void Backward(Autograd.Tensor loss, bool endsStep) =>
        loss.Backward(whenFinal: endsStep && !loss.Device.PrefersFewLaunches && _buckets is { } buckets ? buckets.Note : null);

    /// <summary>Changes the weights by their gradients, the means of those of all ranks.</summary>
    public void Step()
    {
        _buckets?.Average();
        optimizer.LearningRate = config.LearningRateAt(State.Epoch, optimizer.Steps);
        if (config.Clip is { } most)
            optimizer.ClipGradients(most);
        optimizer.Step();
        pruning?.Apply();
        average?.Update();
    }

    /// <summary>Does some work with the module as it is tested and kept: with its mean weights, where there are any.</summary>
    public T AsKept<T>(Func<T> work) => average is null ? work() : average.Averaged(work);

    /// <summary>Its tensors as they are kept, as in a file of weights.</summary>
    public IReadOnlyList<SafetensorsTensor> Kept() => AsKept(() => (SafetensorsTensor[])[.. Weights.Tensors(module)]);

    /// <summary>Enters the result of the current epoch and goes on to the next.</summary>
    /// <param name="epoch">The result.</param>
    /// <param name="keepBest">Whether the weights are remembered where it is the best so far.</param>
    public void Finish(EpochRecord epoch, bool keepBest)
    {
        _epochs.Add(epoch);
        EpochRecord? best = _epochs.Best(config);
        if (best is null)
            Best = [];
        else if (keepBest && epoch == best)
            Best = Kept();
        State = State.NextEpoch();
    }

    /// <summary>What a checkpoint says.</summary>
    public Checkpoint Checkpoint() => new()
    {
        Revision = Revision.Current,
        Config = config,
        Data = data,
        Ranks = Ranks,
        State = State,
        OptimizerSteps = optimizer.Steps,
        Epochs = _epochs,
    };

    /// <summary>The tensors of a checkpoint: module and optimiser exactly and in our own layout, and the best weights so far.</summary>
    public IEnumerable<SafetensorsTensor> Tensors() =>
        Arrays().Select(entry => new SafetensorsTensor(entry.Name, entry.Array.Shape, entry.Array.ToFloats()))
            .Concat(Best.Select(tensor => tensor.Rename(BestPrefix + tensor.Name)));

    /// <summary>Goes back to a checkpoint.</summary>
    /// <exception cref="GpuPoolException">It is of another configuration, data set or module; nothing was changed.</exception>
    public void Restore(Checkpoint checkpoint, SafetensorsFile tensors)
    {
        if (checkpoint.Config != config)
            throw Refused("is of another configuration than the config.json beside it");
        if (checkpoint.Data != data)
            throw Refused($"was trained with {checkpoint.Data}, and the data set now has {data}");
        if (Arrays().FirstOrDefault(entry => tensors.Entries.GetValueOrDefault(entry.Name)?.Shape != entry.Array.Shape) is { Name: { } name })
            throw Refused($"has no fitting tensor '{name}'");
        foreach ((string entry, DeviceArray array) in Arrays())
            array.CopyFrom(tensors.Floats(entry));
        GoTo(checkpoint);
        Best =
        [
            .. tensors.Entries.Keys.Where(entry => entry.StartsWith(BestPrefix, StringComparison.Ordinal))
                .Select(entry => tensors.Tensor(entry, entry[BestPrefix.Length..])),
        ];

        GpuPoolException Refused(string what) => new(ExitCode.Configuration, $"the checkpoint {tensors.Path} {what}", "Choose another folder for --run.");
    }

    /// <summary>Takes the other ranks to where the first one stands.</summary>
    public void Share()
    {
        if (_ranks.Count == 1)
            return;
        GoTo(JsonSerializer.Deserialize<Checkpoint>(_ranks.OfFirst(JsonSerializer.SerializeToUtf8Bytes(Checkpoint(), Json.Line)), Json.Line)!);
        foreach ((_, DeviceArray array) in Arrays())
            array.CopyFrom(MemoryMarshal.Cast<byte, float>(_ranks.OfFirst(MemoryMarshal.AsBytes<float>(array.ToFloats()))));
    }

    private void GoTo(Checkpoint checkpoint)
    {
        (State, optimizer.Steps) = (checkpoint.State, checkpoint.OptimizerSteps);
        // Of as many pictures of the epoch; with other ranks than before a step has more or fewer.
        if (checkpoint.Ranks != _ranks.Count)
            State = State with { Step = (int)((long)State.Step * checkpoint.Ranks / _ranks.Count) };
        _epochs.Clear();
        _epochs.AddRange(checkpoint.Epochs);
    }

    private IEnumerable<(string Name, DeviceArray Array)> Arrays() =>
        module.States.Select(entry => (ModulePrefix + entry.Name, entry.State.Value.Value)).Concat(optimizer.State)
            .Concat(pruning?.State ?? []).Concat(average?.State ?? []);
}
