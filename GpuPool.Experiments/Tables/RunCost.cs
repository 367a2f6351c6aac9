using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Tables;

/// <summary>What a run costs, by analysis.</summary>
/// <param name="Run">The run.</param>
/// <param name="Steps">Training steps.</param>
/// <param name="TrainImages">Images trained with, each as often as it is used.</param>
/// <param name="TestImages">Images tested with, each as often as it is used.</param>
/// <param name="StepMultiplyAdds">Multiply-adds of a training step: three for each of the forward pass, two of them in the backward pass.</param>
/// <param name="TestMultiplyAdds">Multiply-adds of all tests.</param>
/// <param name="ActivationBytes">Bytes of activations that a training step keeps: the least memory that it needs.</param>
internal sealed record RunCost(CellRun Run, long Steps, long TrainImages, long TestImages, double StepMultiplyAdds, double TestMultiplyAdds, long ActivationBytes)
{
    private const int Passes = 3;

    /// <summary>Multiply-adds of the run.</summary>
    public double MultiplyAdds => Steps * StepMultiplyAdds + TestMultiplyAdds;

    /// <summary>The cost of a run of a table.</summary>
    public static RunCost Of(TableRunner runner, CellRun run)
    {
        TrainingConfig config = runner.Configure(run.Cell, run.Seed);
        ITask task = runner.Task(config);
        Cost cost = task.Cost;
        long steps = (long)config.Epochs * (config.Passes ?? 1) * (task.Data.TrainImages / config.Batch), tested = (long)config.Tests * task.Data.TestImages;
        double step = (double)Passes * config.Batch * cost.MultiplyAdds;
        return new RunCost(
            run, steps, steps * config.Batch, tested, step, (double)tested * cost.MultiplyAdds, MemoryCheck.ActivationBytes(cost, config.Batch));
    }
}
