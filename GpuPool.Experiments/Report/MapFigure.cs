using System.Globalization;
using GpuPool.Experiments.Attribution;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report.Plots;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Attribution;

namespace GpuPool.Experiments.Report;

/// <summary>
/// Figure 4 of the paper: pictures in columns; below each where networks look, by Grad-CAM of the true class, the mean over every pool, and by their weights directly.
/// </summary>
internal static class MapFigure
{
    private const int Side = 132, Columns = 6;

    /// <summary>The first test picture of each of the first classes.</summary>
    public static int[] Chosen(IDataset pictures) =>
        [.. Enumerable.Range(0, Math.Min(Columns, pictures.Classes)).Select(label => Enumerable.Range(0, pictures.Count).FirstOrDefault(index => pictures.Label(index) == label, -1)).Where(index => index >= 0)];

    /// <summary>Draws the grid.</summary>
    /// <param name="device">Where the networks are.</param>
    /// <param name="networks">At least one, with its name.</param>
    /// <param name="pictures">Test pictures of the networks' classes.</param>
    /// <param name="shown">Whether the pictures are drawn below the maps; without them stand the names of their classes.</param>
    /// <param name="warn">Is told of blank maps.</param>
    public static Figure Draw(Device device, IReadOnlyList<(string Name, TrainedNetwork Trained)> networks, IDataset pictures, bool shown, Action<string> warn)
    {
        int[] chosen = Chosen(pictures);
        TrainingConfig first = networks[0].Trained.Config;
        RgbImage[] images = [.. chosen.Select(pictures.Image)];
        float[][] colours = [.. images.Select(image => DisplayPicture.Colours(first, image, Side))];
        List<PictureRow> rows = shown ? [new("input", [.. colours.Select((picture, column) => Cell(HeatColours.Picture(picture, Side), Class(column)))])] : [];
        foreach (MapMethod method in new[] { MapMethod.GradCam, MapMethod.Pi })
        {
            foreach ((string name, TrainedNetwork trained) in networks)
            {
                MapLayer[] layers = [.. MapLayer.Defaults(trained.Network).Where(layer => method != MapMethod.Pi || layer.IsWeights)];
                if (layers.Length == 0)
                    continue;
                int blank = 0;
                rows.Add(new PictureRow(method == MapMethod.Pi ? $"{name}, π" : name, [.. chosen.Select((index, column) =>
                {
                    Explanation explanation = Explanation.Of(device, trained, trained.Input(images[column]), layers, method, _ => pictures.Label(index));
                    blank += explanation.Blank.Count;
                    Heatmap map = explanation.Mean.Resized(Side, Side);
                    return Cell(
                        !shown ? HeatColours.Alone(map) : method == MapMethod.Pi ? HeatColours.DirectOverlay(colours[column], map) : HeatColours.Overlay(colours[column], map),
                        (shown ? "" : $"{Class(column)}, ") + (method == MapMethod.Pi ? $"{layers.Length} pools" : string.Create(CultureInfo.InvariantCulture, $"score {explanation.Score:F2}"))
                            + (explanation.Blank.Count == layers.Length ? ", blank" : ""));
                })]));
                if (blank > 0)
                    warn(string.Create(CultureInfo.InvariantCulture, $"{name}: {blank} of {chosen.Length * layers.Length} maps are blank: nothing in them speaks for the class"));
            }
        }
        foreach (RgbImage image in images)
            image.Dispose();
        return new PictureGrid("Grad-CAM of the true class, mean of every pool; π: the weights of the pools directly", rows, "least", "most", Side).Draw();

        string Class(int column) => pictures.ClassNames[pictures.Label(chosen[column])];
        static (RgbImage, string)? Cell(RgbImage picture, string caption) => (picture, caption);
    }
}
