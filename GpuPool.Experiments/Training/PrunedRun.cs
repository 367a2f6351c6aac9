using GpuPool.Autograd;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pruning;

namespace GpuPool.Experiments.Training;

/// <summary>The best network of a pruned run, masked and without the masked channels.</summary>
internal sealed class PrunedRun : IDisposable
{
    /// <summary>Most by which their logits may differ, relative to the largest.</summary>
    public const double Tolerance = 1e-5;

    private readonly Device _device;
    private readonly RunFolder _folder;
    private readonly ITask _task;
    private readonly Network _masked, _compact;

    private PrunedRun(Device device, RunFolder folder, ITask task, Network masked) =>
        (_device, _folder, _task, _masked, _compact) = (device, folder, task, masked, CompactNetwork.Of(masked));

    /// <summary>Loads it.</summary>
    public static PrunedRun Open(Device device, RunFolder folder, ITask task)
    {
        var masked = (Network)task.Create();
        try
        {
            masked.Allocate(device, seed: folder.Config.Seed);
            Weights.Load(masked, folder.BestWeights);
            return new PrunedRun(device, folder, task, masked);
        }
        catch
        {
            masked.Dispose();
            throw;
        }
    }

    /// <summary>Compares both on the test images, and saves the smaller one if they agree.</summary>
    /// <returns>Largest difference of a logit, relative to the largest logit.</returns>
    public double Compact(CancellationToken interrupt)
    {
        double difference = 0, largest = 0;
        using (GradientMode.Off())
        {
            foreach (Batch batch in _task.Test())
            {
                interrupt.ThrowIfCancellationRequested();
                using ArrayScope step = _device.OpenScope();
                float[] masked = Logits(_masked, batch), compact = Logits(_compact, batch);
                // Not Max, which passes over what is no number.
                difference = masked.Zip(compact, (a, b) => (double)Math.Abs(a - b)).Aggregate(difference, Math.Max);
                largest = masked.Select(logit => (double)Math.Abs(logit)).Aggregate(largest, Math.Max);
            }
        }
        difference /= largest;
        if (difference <= Tolerance)
            AtomicFile.Write(_folder.CompactWeights, stream => CompactWeights.Write(stream, _compact));
        return difference;
    }

    /// <summary>What pruning brought.</summary>
    /// <param name="before">Best epoch of the whole network.</param>
    /// <param name="after">Best epoch of the masked one.</param>
    /// <param name="difference">What <see cref="Compact"/> returned; null if it was not called.</param>
    public PruningReport Report(EpochRecord before, EpochRecord after, double? difference) => new(
        _folder.Config.Architecture, State(_masked, before), State(_compact, after), difference, difference <= Tolerance ? _folder.CompactWeights : null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _masked.Dispose();
        _compact.Dispose();
    }

    private float[] Logits(Network network, Batch batch) => network.Call(batch.Upload(_device)).Value.ToFloats();

    private PruningState State(Network network, EpochRecord epoch)
    {
        Cost cost = Cost.Of(network, new Shape(1, _folder.Config.Size, _folder.Config.Size, Network.ImageChannels));
        return new PruningState(
            [.. FirstStage.Groups(network).Select(group => group.Channels)],
            cost.Parameters, cost.MultiplyAdds, cost.ActivationBytes, cost.PeakBytes, epoch.Test[Classification.Accuracy]);
    }
}
