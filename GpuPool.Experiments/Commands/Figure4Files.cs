using GpuPool.Experiments.Attribution;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Report.Plots;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Commands;

/// <summary>
/// What <c>reproduce figure4</c> writes of trained runs: the figure, deletion and insertion curves of its maps, and how far the attention of self-attentive pools looks.
/// </summary>
internal static class Figure4Files
{
    private const int MostPictures = 100, FewPictures = 20;

    /// <summary>Writes <c>NAME.png</c> and <c>.svg</c>, <c>NAME-deletion</c> and <c>NAME-attention</c> with a CSV each.</summary>
    /// <remarks>With the weights of the last epoch: those of the best one are chosen by the pictures that are looked at.</remarks>
    /// <param name="session">Is told what was written.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="name">Path of the files without their ends.</param>
    /// <param name="runs">Folders of the runs by their names: LIP first, ours last.</param>
    /// <param name="shown">Whether the test pictures are drawn below the maps.</param>
    public static void Write(Session session, Device device, string name, IReadOnlyList<(string Name, string Run)> runs, bool shown)
    {
        List<(string Name, TrainedNetwork Trained)> networks = [];
        try
        {
            foreach ((string label, string run) in runs)
                networks.Add((label, TrainedNetwork.Open(device, run, folder => folder.LastWeights)));
            IDataset pictures = ((DatasetSplits)networks[0].Trained.Config.Open()).Test;
            foreach ((string label, TrainedNetwork trained) in networks.Where(network => !network.Trained.ClassNames.SequenceEqual(pictures.ClassNames)))
                throw new GpuPoolException(ExitCode.Configuration, $"the run of {label} in {trained.Run} has other classes than {pictures.Name}", "Give runs of one data set.");
            OutputFolder.Create(Path.GetDirectoryName(Path.GetFullPath(name))!);
            Save($"{name}", MapFigure.Draw(device, [.. networks.Where(network => network.Name != "gaussian")], pictures, shown, warning => session.Error.WriteLine($"gpupool: {warning}")));
            List<DeletionRow> curves = [];
            List<AttentionRow> attention = [];
            foreach ((string label, TrainedNetwork trained) in networks)
            {
                session.Interrupt.ThrowIfCancellationRequested();
                float[][] inputs = [.. Inputs(trained, pictures)];
                curves.AddRange(DeletionRow.Of(device, label, trained, inputs));
                attention.AddRange(AttentionRow.Of(device, trained, [.. inputs.Take(FewPictures)]));
            }
            CsvFile.Write($"{name}-deletion.csv", curves);
            Save($"{name}-deletion", DeletionPlot.Draw($"Score of the predicted class while pixels are deleted or inserted, {curves[0].Pictures} test pictures", curves));
            using RgbImage first = pictures.Image(MapFigure.Chosen(pictures)[0]);
            if (attention.Count > 0 && AttentionFigure.Draw(device, networks[^1].Trained, first, 0.5, 0.5, shown) is { } seen)
            {
                CsvFile.Write($"{name}-attention.csv", attention);
                Save($"{name}-attention", seen);
            }
            session.Output.WriteLine($"{name}.png");
        }
        finally
        {
            foreach ((_, TrainedNetwork trained) in networks)
                trained.Dispose();
        }
    }

    /// <summary>A figure as PNG and as SVG.</summary>
    public static void Save(string name, Figure figure)
    {
        AtomicFile.Write($"{name}.png", stream => stream.Write(figure.Png()));
        AtomicFile.WriteText($"{name}.svg", $"{figure.Svg()}\n");
    }

    private static IEnumerable<float[]> Inputs(TrainedNetwork trained, IDataset pictures)
    {
        IDataset some = Subset.Balanced(pictures, MostPictures);
        for (int index = 0; index < some.Count; index++)
        {
            using RgbImage image = some.Image(index);
            yield return trained.Input(image);
        }
    }
}
