using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>How the tables train their cells at each preset. The smaller presets take the released recipe for STL-10, the defaults of <see cref="TrainingConfig"/>, for all.</summary>
internal static class Stl10Recipe
{
    private const int QuickImages = 1000, QuickEpochs = 10;

    /// <summary>What a cell of a table on STL-10 trains, see <see cref="ITable.Configure"/>.</summary>
    public static TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed) =>
        Configure(cell, preset, new TrainingConfig { Architecture = cell.Architecture, Width = cell.Width, Data = data, Seed = seed });

    /// <summary>What a cell trains where the full recipe is another.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="preset">How much of it.</param>
    /// <param name="paper">The full recipe; of it the smaller presets keep network, images and preprocessing.</param>
    public static TrainingConfig Configure(TableCell cell, TablePreset preset, TrainingConfig paper)
    {
        var small = new TrainingConfig
        {
            Architecture = paper.Architecture,
            Width = paper.Width,
            Data = paper.Data,
            Seed = paper.Seed,
            Preprocessing = paper.Preprocessing,
        };
        TrainingConfig whole = preset switch
        {
            TablePreset.Smoke => small.Smoke(cell),
            TablePreset.Quick => small with { TrainLimit = QuickImages, TestLimit = QuickImages, Epochs = QuickEpochs },
            _ => paper,
        };
        return whole.Pruned(cell, preset);
    }
}
