using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// How the smoke preset of every table trains a cell: one batch of sixteen generated images (eight at s1 = 4) of 32 s1 pixels, the smallest size at which every
/// cell exists, one step an epoch, until a network that works nearly knows the batch by heart, and then one test.
/// </summary>
internal static class SmokeRecipe
{
    private const int PruningEpochs = 8;

    /// <summary>The recipe in place of size, images, batch and epochs.</summary>
    public static TrainingConfig Smoke(this TrainingConfig config, TableCell cell) => config with
    {
        Size = 32 * cell.FirstStride,
        TrainLimit = Images(cell),
        TestLimit = Images(cell),
        Batch = Images(cell),
        Epochs = Epochs(cell),
        TestsAtEnd = true,
    };

    /// <summary>The same with channels pruned while the trained network is fine-tuned, where the cell says so.</summary>
    /// <param name="config">Training of the whole network.</param>
    /// <param name="cell">The cell.</param>
    /// <param name="preset">Decides for how many epochs.</param>
    public static TrainingConfig Pruned(this TrainingConfig config, TableCell cell, TablePreset preset)
    {
        // The paper does not say how long; a third of the recipe's 300 epochs is our reading.
        int more = preset == TablePreset.Smoke ? PruningEpochs : (config.Epochs + 2) / 3;
        return cell.Pruned ? config with { Epochs = config.Epochs + more, Pruning = new PruningConfig { AfterEpoch = config.Epochs } } : config;
    }

    private static int Images(TableCell cell) => cell.FirstStride == 4 ? 8 : 16;

    // Narrow networks learn a batch more slowly, and so do stochastic and recurrent pools. Half is enough before channels are pruned. The two methods that attend over whole maps take most of the time:
    // their cells show that they run, and not always that they learn.
    private static int Epochs(TableCell cell)
    {
        int epochs = cell.Network switch
        {
            "ResNet18" => 16,
            "MobileNetV2" => 32,
            _ => 52,
        };
        return cell.Method switch
        {
            "mixed" => 3 * epochs / 2,
            "rnnpool" when cell.Network == "ResNet18" => 2 * epochs,
            _ when cell.Pruned => epochs / 2,
            "attention" => epochs / 2,
            "context aware" => 2,
            _ => epochs,
        };
    }
}
