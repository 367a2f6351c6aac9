using System.Diagnostics;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>Times the steps of a training and stops it after twenty, or when it has taken long enough.</summary>
/// <param name="batch">Images a step.</param>
/// <param name="patience">Time after which the current step is the last.</param>
/// <param name="interrupt">Stops it, too.</param>
internal sealed class StepClock(int batch, TimeSpan patience, CancellationToken interrupt) : ITrainingMonitor, IDisposable
{
    private const int MostSteps = 20;

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<double> _seconds = [];
    private double _epoch, _testSeconds, _before;
    private int _tests;

    /// <summary>Set when it is enough.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Mean time in seconds of the steps of the second half: during the first ones the program is compiled and memory is asked for.</summary>
    public double StepSeconds => _seconds.Skip(_seconds.Count / 2).Average();

    /// <summary>Time in seconds before the first step, in which the network is made, and that all steps took beyond such a mean.</summary>
    public double StartSeconds => _before + Math.Max(0, _seconds.Sum() - _seconds.Count * StepSeconds);

    /// <summary>Mean time of a test of all test images in seconds, without the first where there are more; null where no epoch was finished.</summary>
    public double? TestSeconds => _tests == 0 ? null : _testSeconds / _tests;

    /// <inheritdoc/>
    public void Step(TrainingProgress progress)
    {
        double before = progress.Step == 1 ? 0 : _epoch;
        _epoch = progress.Step * batch / progress.ImagesPerSecond;
        _seconds.Add(_epoch - before);
        if (_seconds.Count == 1)
            _before = Math.Max(0, _watch.Elapsed.TotalSeconds - _epoch);
        if (_seconds.Count == MostSteps || _watch.Elapsed > patience)
            _stop.Cancel();
    }

    /// <inheritdoc/>
    public void Epoch(EpochRecord record, int epochs)
    {
        if (record.Test.Count == 0)
            return;
        (_testSeconds, _tests) = record.Epoch <= 2 ? (record.Seconds - _epoch, 1) : (_testSeconds + record.Seconds - _epoch, _tests + 1);
    }

    /// <inheritdoc/>
    public void Warn(string message)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();
}
