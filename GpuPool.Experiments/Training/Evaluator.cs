using GpuPool.Autograd;
using GpuPool.Experiments.Tasks;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Training;

/// <summary>How well a module does its task on images that it was not trained on.</summary>
internal static class Evaluator
{
    /// <summary>Evaluates with running statistics, and leaves the module in training mode if it was.</summary>
    /// <param name="device">Where the module is.</param>
    /// <param name="module">The module.</param>
    /// <param name="task">The task that made it.</param>
    /// <param name="interrupt">Ends the evaluation after the current batch.</param>
    public static Measures Run(Device device, Module module, ITask task, CancellationToken interrupt)
    {
        bool training = module.Training;
        module.Training = false;
        ITest test = task.BeginTest(device, module);
        using (GradientMode.Off())
        {
            foreach (Batch batch in task.Test())
            {
                interrupt.ThrowIfCancellationRequested();
                using ArrayScope step = device.OpenScope();
                test.Add(batch);
            }
        }
        module.Training = training;
        return test.Result;
    }
}
