using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>How the tables on STL-10 train their cells; <c>paper</c> is the released recipe, the defaults of <see cref="TrainingConfig"/>.</summary>
internal static class Stl10Recipe
{
    private const int QuickImages = 1000, QuickEpochs = 10;

    /// <summary>What a cell trains, see <see cref="ITable.Configure"/>.</summary>
    public static TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed)
    {
        var paper = new TrainingConfig { Architecture = cell.Architecture, Width = cell.Width, Data = data, Seed = seed };
        TrainingConfig whole = preset switch
        {
            TablePreset.Smoke => paper.Smoke(cell),
            TablePreset.Quick => paper with { TrainLimit = QuickImages, TestLimit = QuickImages, Epochs = QuickEpochs },
            _ => paper,
        };
        return whole.Pruned(cell, preset);
    }
}
