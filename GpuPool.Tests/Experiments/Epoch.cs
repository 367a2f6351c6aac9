using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;

namespace GpuPool.Tests.Experiments;

/// <summary>Makes epochs of a classification.</summary>
internal static class Epoch
{
    public static EpochRecord Of(int epoch, double trainLoss, double trainAccuracy, double testLoss, double testAccuracy) =>
        new(epoch, 0.01, Measured(trainLoss, trainAccuracy), Measured(testLoss, testAccuracy), 100, 1.5, 1000, 2000);

    private static Measures Measured(double loss, double accuracy) => new(new("loss", loss), new(Classification.Accuracy, accuracy));
}
