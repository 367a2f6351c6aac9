using System.Diagnostics;
using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Training;

/// <summary>Trains a network by the released recipe: SGD with momentum on the cross-entropy, a test after each epoch.</summary>
/// <param name="device">Where to compute.</param>
/// <param name="config">What to train.</param>
/// <param name="data">Training and test images.</param>
/// <param name="folder">Where the run is kept and continued from; null for a run that leaves nothing behind.</param>
/// <param name="monitor">Is told of every step and epoch.</param>
internal sealed class Trainer(Device device, TrainingConfig config, DatasetSplits data, RunFolder? folder, ITrainingMonitor monitor)
{
    private readonly BatchLoader _loader = new(
        data.Train,
        new TrainingTransform(config.Size, Normalisation.Half, data.Train.MinimumCropScale),
        new BatchOptions(config.Batch, Training: true, config.Seed));

    private TrainingState _state = TrainingState.Start;

    /// <summary>Trains from where the folder stands to the last epoch.</summary>
    /// <param name="interrupt">Ends the training after the current step, with the state saved.</param>
    /// <returns>The finished epochs, those of earlier calls included.</returns>
    /// <exception cref="GpuPoolException">The loss left the finite numbers (20).</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public IReadOnlyList<EpochRecord> Run(CancellationToken interrupt)
    {
        Architecture architecture = Architecture.Parse(config.Architecture);
        var options = new NetworkOptions(data.Train.Classes, config.Width, config.Seed);
        MemoryCheck.Training(device, architecture, options, config.Size, config.Batch);
        using Network network = Network.Create(device, architecture, options);
        using var optimiser = new Sgd(network.Parameters, config.LearningRate, config.Momentum, config.WeightDecay);
        if (folder is not null && File.Exists(folder.State))
            _state = TrainingState.Read(folder.State, network, optimiser);
        // A log may be one epoch ahead of the state of a run that was killed between the two.
        List<EpochRecord> records = [.. (folder?.ReadLog() ?? []).Where(record => record.Epoch < _state.Epoch)];
        try
        {
            for (; _state.Epoch <= config.Epochs; _state = _state.NextEpoch())
            {
                device.ResetPeak();
                optimiser.LearningRate = config.Schedule.Rate(config.LearningRate, _state.Epoch, config.Epochs);
                TrainEpoch(network, optimiser, interrupt);
                records.Add(Test(network, optimiser.LearningRate, interrupt));
                Save(network, optimiser, records);
                monitor.Epoch(records[^1], config.Epochs);
            }
        }
        catch (OperationCanceledException) when (folder is not null)
        {
            _state.Write(folder.State, network, optimiser);
            throw;
        }
        return records;
    }

    private void TrainEpoch(Network network, Sgd optimiser, CancellationToken interrupt)
    {
        network.Training = true;
        network.ResumeAt((uint)((_state.Epoch - 1) * _loader.Batches + _state.Step));
        double before = _state.Seconds;
        var watch = Stopwatch.StartNew();
        foreach (Batch batch in _loader.Epoch(_state.Epoch, firstBatch: _state.Step))
        {
            using (device.OpenScope())
            {
                Tensor logits = Evaluator.Forward(device, network, batch, out Tensor loss);
                loss.Backward();
                optimiser.Step();
                Score score = _state.Score.Add(batch, logits, loss.Item());
                _state = _state with { Step = _state.Step + 1, Score = score, Seconds = before + watch.Elapsed.TotalSeconds };
            }
            if (!double.IsFinite(_state.Score.LossSum))
                throw Diverged();
            monitor.Step(new TrainingProgress(
                _state.Epoch, config.Epochs, _state.Step, _loader.Batches, _state.Score.Loss, _state.Score.Accuracy, _state.Score.Images / _state.Seconds));
            interrupt.ThrowIfCancellationRequested();
        }
    }

    private EpochRecord Test(Network network, double rate, CancellationToken interrupt)
    {
        long live = device.LiveBytes;
        var watch = Stopwatch.StartNew();
        Score train = _state.Score, test = Evaluator.Run(device, network, data.Test, config.Size, config.Batch, interrupt);
        return new EpochRecord(
            _state.Epoch, rate, train.Loss, train.Accuracy, test.Loss, test.Accuracy,
            train.Images / _state.Seconds, _state.Seconds + watch.Elapsed.TotalSeconds, live, device.PeakBytes);
    }

    // The state comes last: what it promises is then on the disk.
    private void Save(Network network, Sgd optimiser, List<EpochRecord> records)
    {
        if (folder is null)
            return;
        folder.SaveWeights(network, best: records[^1] == records.Best());
        folder.WriteLog(records);
        if (_state.Epoch < config.Epochs)
            _state.NextEpoch().Write(folder.State, network, optimiser);
        else
            File.Delete(folder.State);
    }

    private GpuPoolException Diverged() => new(
        ExitCode.Diverged,
        string.Create(
            CultureInfo.InvariantCulture,
            $"training of {config.Architecture} diverged: the loss is {_state.Score.LossSum} in epoch {_state.Epoch}, step {_state.Step}"),
        "Use a smaller --lr.");
}
