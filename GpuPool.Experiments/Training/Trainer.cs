using System.Diagnostics;
using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Pruning;

namespace GpuPool.Experiments.Training;

/// <summary>Trains a network by the released recipe: SGD with momentum on the cross-entropy, a test after each epoch.</summary>
/// <param name="device">Where to compute.</param>
/// <param name="config">What to train.</param>
/// <param name="data">Training and test images.</param>
/// <param name="folder">Where the run is kept and continued from; null for a run that leaves nothing behind.</param>
/// <param name="monitor">Is told of every step and epoch.</param>
/// <param name="options">How the run is kept; null for the defaults.</param>
internal sealed class Trainer(
    Device device, TrainingConfig config, DatasetSplits data, RunFolder? folder, ITrainingMonitor monitor, TrainingOptions? options = null)
{
    private readonly TrainingOptions _options = options ?? new TrainingOptions();

    private readonly BatchLoader _loader = new(
        data.Train,
        config.Preprocessing.Training(config.Size, data.Train),
        new BatchOptions(config.Batch, Training: true, config.Seed));

    private readonly Stopwatch _sinceSave = Stopwatch.StartNew();
    private int _stepsSinceSave;

    /// <summary>Trains from where the folder stands to the last epoch.</summary>
    /// <param name="interrupt">Ends the training after the current step, with the run saved.</param>
    /// <returns>The finished epochs, those of earlier calls included.</returns>
    /// <exception cref="GpuPoolException">The loss left the finite numbers (20).</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public IReadOnlyList<EpochRecord> Run(CancellationToken interrupt)
    {
        Architecture architecture = Architecture.Parse(config.Architecture);
        var networkOptions = new NetworkOptions(data.Train.Classes, config.Width, config.Seed);
        MemoryCheck.Training(device, architecture, networkOptions, config.Size, config.Batch);
        using Network network = Network.Create(device, architecture, networkOptions);
        using var optimiser = new Sgd(network.Parameters, config.LearningRate, config.Momentum, config.WeightDecay);
        using ChannelPruning? pruning = config.Pruning is null ? null : new ChannelPruning(network, optimiser, config.Pruning.Density);
        if (config.Pruning?.Start is { } start)
            Weights.Load(network, RunFolder.Read(start).BestWeights);
        var run = new TrainingRun(config, data, network, optimiser, pruning);
        folder?.Resume(run, monitor.Warn);
        try
        {
            while (!run.IsFinished)
            {
                device.ResetPeak();
                run.BeginEpoch();
                TrainEpoch(run, interrupt);
                run.Finish(Test(run, interrupt), keepBest: folder is not null);
                folder?.SaveEpoch(run);
                CountFromHere();
                monitor.Epoch(run.Epochs[^1], config.Epochs);
            }
        }
        catch (OperationCanceledException) when (folder is not null)
        {
            folder.Save(run);
            throw;
        }
        return run.Epochs;
    }

    private void TrainEpoch(TrainingRun run, CancellationToken interrupt)
    {
        run.Network.Training = true;
        double before = run.State.Seconds;
        var watch = Stopwatch.StartNew();
        foreach (Batch batch in _loader.Epoch(run.State.Epoch, firstBatch: run.State.Step).TakeWhile(_ => !run.State.HasDiverged))
        {
            using (device.OpenScope())
            {
                Tensor logits = Evaluator.Forward(device, run.Network, batch, out Tensor loss);
                loss.Backward();
                run.Step();
                run.State = run.State with
                {
                    Step = run.State.Step + 1,
                    Score = run.State.Score.Add(batch, logits, loss.Item()),
                    Seconds = before + watch.Elapsed.TotalSeconds,
                    PeakBytes = Math.Max(run.State.PeakBytes, device.PeakBytes),
                };
            }
            if (run.State.HasDiverged)
                HandleDivergence(run.State);
            TrainingState state = run.State;
            monitor.Step(new TrainingProgress(
                state.Epoch, config.Epochs, state.Step, _loader.Batches, state.Score.Loss, state.Score.Accuracy, state.Score.Images / state.Seconds));
            interrupt.ThrowIfCancellationRequested();
            if (folder is not null && _options.IsCheckpointDue(++_stepsSinceSave, _sinceSave.Elapsed))
            {
                folder.Save(run);
                CountFromHere();
            }
        }
    }

    private EpochRecord Test(TrainingRun run, CancellationToken interrupt)
    {
        long live = device.LiveBytes;
        var watch = Stopwatch.StartNew();
        TrainingState state = run.State;
        Score train = state.Score, test = Evaluator.Run(device, run.Network, data.Test, config, interrupt);
        return new EpochRecord(
            state.Epoch, run.Optimizer.LearningRate, train.Loss, train.Accuracy, test.Loss, test.Accuracy,
            train.Images / state.Seconds, state.Seconds + watch.Elapsed.TotalSeconds, live, Math.Max(state.PeakBytes, device.PeakBytes));
    }

    private void CountFromHere()
    {
        _stepsSinceSave = 0;
        _sinceSave.Restart();
    }

    private void HandleDivergence(TrainingState state)
    {
        string cause = string.Create(
            CultureInfo.InvariantCulture,
            $"training of {config.Architecture} diverged: the loss is {state.Score.LossSum} in epoch {state.Epoch}, step {state.Step}");
        if (_options.OnNonfinite == NonfiniteLoss.Stop)
            throw new GpuPoolException(ExitCode.Diverged, cause, "Use a smaller --lr.");
        monitor.Warn($"{cause}; the run ends with this epoch");
    }
}
