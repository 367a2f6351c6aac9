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
    private double _epoch, _testSeconds;
    private int _tests;

    /// <summary>Set when it is enough.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Mean time of a step in seconds, without the first where there are more: that one compiles the program.</summary>
    public double StepSeconds => _seconds.Skip(_seconds.Count > 1 ? 1 : 0).Average();

    /// <summary>Time in seconds of the first step beyond a mean one: the program is compiled then.</summary>
    public double StartSeconds => Math.Max(0, _seconds[0] - StepSeconds);

    /// <summary>Mean time of a test of all test images in seconds, without the first where there are more; null where no epoch was finished.</summary>
    public double? TestSeconds => _tests == 0 ? null : _testSeconds / _tests;

    /// <inheritdoc/>
    public void Step(TrainingProgress progress)
    {
        double before = progress.Step == 1 ? 0 : _epoch;
        _epoch = progress.Step * batch / progress.ImagesPerSecond;
        _seconds.Add(_epoch - before);
        if (_seconds.Count == MostSteps || _watch.Elapsed > patience)
            _stop.Cancel();
    }

    /// <inheritdoc/>
    public void Epoch(EpochRecord record, int epochs)
    {
        (_testSeconds, _tests) = record.Epoch <= 2 ? (record.Seconds - _epoch, 1) : (_testSeconds + record.Seconds - _epoch, _tests + 1);
    }

    /// <inheritdoc/>
    public void Warn(string message)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();
}
