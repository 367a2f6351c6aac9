using GpuPool.Autograd;
using GpuPool.Experiments.Tasks;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Training;

/// <summary>How well a network does a task on images that it was not trained on.</summary>
internal static class Evaluator
{
    /// <summary>Evaluates with running statistics, and leaves the network in training mode if it was.</summary>
    /// <param name="device">Where the network is.</param>
    /// <param name="network">The network.</param>
    /// <param name="task">The task.</param>
    /// <param name="interrupt">Ends the evaluation after the current batch.</param>
    public static Measures Run(Device device, Network network, ITask task, CancellationToken interrupt)
    {
        bool training = network.Training;
        network.Training = false;
        ITest test = task.BeginTest();
        using (GradientMode.Off())
        {
            foreach (Batch batch in task.Test())
            {
                interrupt.ThrowIfCancellationRequested();
                using ArrayScope step = device.OpenScope();
                test.Add(batch, task.Forward(device, network, batch));
            }
        }
        network.Training = training;
        return test.Result;
    }
}
