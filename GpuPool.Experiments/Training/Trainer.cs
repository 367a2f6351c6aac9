using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Experiments.Distributed;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Layers;
using GpuPool.Models.Pruning;

namespace GpuPool.Experiments.Training;

/// <summary>Trains the module of a task by the released recipe: SGD with momentum on its loss, with tests after epochs.</summary>
/// <param name="device">Where to compute.</param>
/// <param name="config">What to train.</param>
/// <param name="task">What is learnt from which images.</param>
/// <param name="folder">Where the run is kept and continued from; null for a run that leaves nothing behind, and on all ranks but the first.</param>
/// <param name="monitor">Is told of every step and epoch.</param>
/// <param name="options">How the run is kept; null for the defaults.</param>
/// <param name="ranks">The processes that train together, each with a <paramref name="task"/> of its own part of the pictures; null for this one alone.</param>
internal sealed class Trainer(
    Device device, TrainingConfig config, ITask task, RunFolder? folder, ITrainingMonitor monitor, TrainingOptions? options = null, Ranks? ranks = null)
{
    private readonly TrainingOptions _options = options ?? new TrainingOptions();

    private readonly Ranks _ranks = ranks ?? Ranks.Alone;

    // Batches of an epoch, and of a step.
    private readonly int _batches = task.Steps, _accumulated = config.Accumulate ?? 1;

    private readonly Stopwatch _sinceSave = Stopwatch.StartNew();
    private int _stepsSinceSave;

    /// <summary>Refuses what cannot be trained, before it leaves anything behind.</summary>
    /// <exception cref="GpuPoolException">There is not one batch (3), or it is too large for the device (12).</exception>
    /// <exception cref="ShapeException">Pictures are too small for the network.</exception>
    public static void Check(Device device, TrainingConfig config, ITask task)
    {
        _ = task.Steps;
        MemoryCheck.Training(device, task.Cost, task.LargestPicture, config.Batch);
    }

    /// <summary>Trains from where the folder stands to the last epoch.</summary>
    /// <param name="interrupt">Ends the training after the current step, with the run saved.</param>
    /// <returns>The finished epochs, those of earlier calls included.</returns>
    /// <exception cref="GpuPoolException">Loss, test loss or weights left the finite numbers (20).</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public IReadOnlyList<EpochRecord> Run(CancellationToken interrupt)
    {
        Check(device, config, task);
        using Module module = task.Create();
        foreach (BatchNormLayer norm in module.Modules.Select(entry => entry.Module).OfType<BatchNormLayer>())
            (norm.IsFrozen, norm.Peers) = (config.FrozenBatchNorm, config.SynchronisedBatchNorm && _ranks.Count > 1 ? _ranks : null);
        module.Allocate(device, seed: config.Seed);
        using var optimiser = new Sgd(module.Parameters, config.LearningRate, config.Momentum, config.WeightDecay);
        using ChannelPruning? pruning = config.Pruning?.Begin(module, optimiser);
        if (config.Pruning?.Start is { } start)
            Weights.Load(module, RunFolder.Read(start).BestWeights);
        using WeightAverage? average = config.AverageDecay is { } decay ? new WeightAverage(module, decay) : null;
        var run = new TrainingRun(config, task.Data, module, optimiser, pruning, average, _ranks);
        OnFirst(() => folder?.Resume(run, monitor.Warn));
        run.Share();
        DrawFrom(run);
        if (task.Data.TrainImages - _batches / (config.Passes ?? 1) * config.Batch * _ranks.Count is > 0 and int leftOut)
            monitor.Warn(string.Create(
                CultureInfo.InvariantCulture, $"each epoch leaves out {leftOut} of {task.Data.TrainImages} images, others each time, since a step takes {config.Batch * _ranks.Count}"));
        try
        {
            while (!run.IsFinished)
            {
                device.ResetPeak();
                run.BeginEpoch();
                TrainEpoch(run, interrupt);
                run.Finish(TestOnFirst(run, interrupt), keepBest: folder is not null);
                OnFirst(() => folder?.SaveEpoch(run));
                CountFromHere();
                monitor.Epoch(run.Epochs[^1], config.Epochs);
            }
        }
        catch (OperationCanceledException) when (folder is not null)
        {
            if (Divergence(run) is null)
                folder.Save(run);
            throw;
        }
        return run.Epochs;
    }

    private void TrainEpoch(TrainingRun run, CancellationToken interrupt)
    {
        run.Module.Training = true;
        double before = run.State.Seconds;
        var watch = Stopwatch.StartNew();
        using IEnumerator<Batch> batches = _ranks.Together(task.Train(run.State.Epoch, firstBatch: run.State.Step)).GetEnumerator();
        using var images = new UploadAhead(device);
        Batch? next = Next();
        while (next is { } batch && !run.State.HasDiverged)
        {
            StepReport step;
            bool endsStep;
            try
            {
                using ArrayScope scope = device.OpenScope();
                if (_ranks.Count > 1)
                    DrawFrom(run);
                Outcome outcome = task.Forward(run.Module, batch, Tensor.Leaf(images.Take()));
                int of = BatchesOfStep(run.State.Step);
                endsStep = EndsStep(run.State.Step);
                run.Backward(of == 1 ? outcome.Loss : outcome.Loss.Scale(1.0 / of), endsStep);
                if (endsStep)
                    run.Step();
                // Read and sent while a GPU computes: what follows waits for it.
                next = Next();
                step = StepReport.OfAll(_ranks, new StepReport(
                    task.Measure(batch, outcome), interrupt.IsCancellationRequested,
                    endsStep && folder is not null && _options.IsCheckpointDue(++_stepsSinceSave, _sinceSave.Elapsed)));
                run.State = run.State with
                {
                    Step = run.State.Step + 1,
                    Means = run.State.Means.Add(step.Means),
                    Seconds = before + watch.Elapsed.TotalSeconds,
                    PeakBytes = Math.Max(run.State.PeakBytes, device.PeakBytes),
                };
            }
            catch (DeviceMemoryException exception) when (_ranks.Count == 1)
            {
                throw LargestBatch.Failure(batch.Count, LargestBatch.Of(device, batch.Count, pictures => Try(run, batch.First(pictures))), exception);
            }
            TrainingState state = run.State;
            monitor.Step(new TrainingProgress(
                state.Epoch, config.Epochs, state.Step, _batches, state.Means.Measures, state.Means.Images / state.Seconds));
            // Gradients are not saved, so that a run is left between two steps only.
            if (!endsStep)
                continue;
            if (step.IsInterrupted)
                throw new OperationCanceledException(interrupt);
            if (step.IsCheckpointDue)
            {
                // A checkpoint that is not finite could only fail, and would take the place of one that is.
                if (_ranks.Any(Divergence(run) is not null))
                    break;
                OnFirst(() => folder?.Save(run));
                CountFromHere();
            }
        }

        Batch? Next()
        {
            if (!batches.MoveNext())
                return null;
            images.Begin(batches.Current.Shape, batches.Current.Images);
            return batches.Current;
        }
    }

    // Files are those of the first rank; where it fails, all end.
    private void OnFirst(Action work) => _ranks.Together(() =>
    {
        work();
        return 0;
    });

    // What a step takes memory for; the run is lost already, and its files stay as they are.
    private void Try(TrainingRun run, Batch batch)
    {
        run.Optimizer.ClearGradients();
        task.Forward(run.Module, batch, batch.Upload(device)).Loss.Backward();
    }

    // Of the step that a batch of an epoch, from 0, belongs to; the last step takes what is left of the epoch.
    private int BatchesOfStep(int batch) => Math.Min(_accumulated, _batches - batch / _accumulated * _accumulated);

    private bool EndsStep(int batch) => (batch + 1) % _accumulated == 0 || batch + 1 == _batches;

    // What is random within the module is drawn by the number of the batch, and every rank draws other numbers.
    private void DrawFrom(TrainingRun run) =>
        run.Module.ResumeAt((uint)(((run.State.Epoch - 1) * _batches + run.State.Step) * _ranks.Count + _ranks.Rank));

    // The first rank tests, and the others wait for what it says; nothing, where it was interrupted.
    private EpochRecord TestOnFirst(TrainingRun run, CancellationToken interrupt)
    {
        if (_ranks.Count == 1)
            return Test(run, interrupt);
        EpochRecord? record = _ranks.Together(() => _ranks.IsFirst ? TestUnlessInterrupted(run, interrupt) : null);
        byte[] shared = _ranks.OfFirst(record is null ? [] : JsonSerializer.SerializeToUtf8Bytes(record, Json.Line));
        return shared.Length > 0 ? record ?? JsonSerializer.Deserialize<EpochRecord>(shared, Json.Line)! : throw new OperationCanceledException(interrupt);
    }

    private EpochRecord? TestUnlessInterrupted(TrainingRun run, CancellationToken interrupt)
    {
        try
        {
            return Test(run, interrupt);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private EpochRecord Test(TrainingRun run, CancellationToken interrupt)
    {
        string? divergence = Divergence(run);
        if (divergence is not null)
            Handle(divergence, run.State);
        long live = device.LiveBytes;
        var watch = Stopwatch.StartNew();
        TrainingState state = run.State;
        // A run that ends here for what it has lost counts with what it has.
        Measures test = divergence is not null || config.TestsAfter(state.Epoch) ? run.AsKept(() => Evaluator.Run(device, run.Module, task, interrupt)) : Measures.None;
        Measures train = state.Means.Measures;
        if (divergence is not null)
            (train, test) = test.Any(measure => measure.IsLoss) ? (train, test.WithoutLosses()) : (train.WithoutLosses(), test);
        else if (!test.IsFinite)
            Handle(string.Create(CultureInfo.InvariantCulture, $"the test loss is {test.Loss}"), state);
        return new EpochRecord(
            state.Epoch, config.LearningRateOf(state.Epoch), train, test,
            state.Means.Images / state.Seconds, state.Seconds + watch.Elapsed.TotalSeconds, live, Math.Max(state.PeakBytes, device.PeakBytes));
    }

    // What has left the finite numbers; null where nothing has. A step that spoils the weights shows in no loss before the next, so they are looked at wherever they
    // would be saved.
    private string? Divergence(TrainingRun run) => run.State.HasDiverged
        ? string.Create(CultureInfo.InvariantCulture, $"the loss is {run.State.Means.Sums.Loss}")
        : folder is not null && run.Nonfinite is { } name ? $"{name} is not finite" : null;

    private void CountFromHere()
    {
        _stepsSinceSave = 0;
        _sinceSave.Restart();
    }

    private void Handle(string divergence, TrainingState state)
    {
        string cause = string.Create(
            CultureInfo.InvariantCulture, $"training of {config.Architecture} diverged: {divergence} in epoch {state.Epoch}, step {state.Step}");
        if (_options.OnNonfinite == NonfiniteLoss.Stop)
            throw new GpuPoolException(ExitCode.Diverged, cause, "Use a smaller --lr.");
        monitor.Warn($"{cause}; the run ends with this epoch");
    }
}
