using System.Globalization;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report.Plots;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Attribution;

namespace GpuPool.Experiments.Report;

/// <summary>What a self-attentive pool sees: a row for each pool with the picture and a chosen token in it, the weights π of the pool, and where the token looks by each head.</summary>
internal static class AttentionFigure
{
    private const int Side = 128, MostHeads = 4;

    /// <summary>Draws the picture; null where the network has no self-attentive pool.</summary>
    /// <param name="device">Where the network is.</param>
    /// <param name="trained">The network.</param>
    /// <param name="image">The picture.</param>
    /// <param name="row">Place of the token, as a share of the picture's height.</param>
    /// <param name="column">The same of its width.</param>
    /// <param name="shown">Whether the picture is drawn below weights and token.</param>
    public static Figure? Draw(Device device, TrainedNetwork trained, RgbImage image, double row, double column, bool shown = true)
    {
        float[] colours = shown ? DisplayPicture.Colours(trained.Config, image, Side) : new float[3 * Side * Side], input = trained.Input(image);
        using ArrayScope scope = device.OpenScope();
        DeviceArray uploaded = device.Upload(trained.InputShape, input);
        IReadOnlyList<AttentionLayer> layers = AttentionLayer.Of(trained.Network, uploaded);
        if (layers.Count == 0)
            return null;
        MapLayer[] weighted = [.. MapLayer.Defaults(trained.Network).Where(layer => layer.IsWeights)];
        Dictionary<string, ChannelMap> weights = LayerPass.Run(trained.Network, uploaded, weighted, LayerPass.Predicted).Maps.ToDictionary(map => map.Layer.Name, map => map.Map);
        return new PictureGrid(
            $"{trained.Config.Architecture}: weights π, and where the marked token looks",
            [.. layers.Select(layer => Row(layer, weights.GetValueOrDefault(layer.Name)))], "least", "most", Side).Draw();

        PictureRow Row(AttentionLayer layer, ChannelMap? map)
        {
            int y = Math.Min((int)(row * layer.Rows), layer.Rows - 1), x = Math.Min((int)(column * layer.Columns), layer.Columns - 1);
            List<(RgbImage, string)?> cells = [(Marked(layer, y, x), string.Create(CultureInfo.InvariantCulture, $"{y}, {x} of {layer.Rows} x {layer.Columns}"))];
            cells.Add(map is null ? null : (Weights(ClassActivation.Direct(map).Resized(Side, Side).Normalised()), "π, mean of channels"));
            foreach (int head in Enumerable.Range(0, Math.Min(layer.Heads, MostHeads)))
            {
                Heatmap looks = layer.Row(head, y * layer.Columns + x);
                cells.Add((HeatColours.Alone(looks.Resized(Side, Side).Normalised()), string.Create(CultureInfo.InvariantCulture, $"head {head}: up to 1/{1 / looks.Values.Max():F0}")));
            }
            string name = layer.Name.Replace("net.", "", StringComparison.Ordinal).Replace(".logit.pool_weight", "", StringComparison.Ordinal).Replace(".pooling", "", StringComparison.Ordinal);
            return new PictureRow(name, cells);
        }

        RgbImage Weights(Heatmap map) => shown ? HeatColours.DirectOverlay(colours, map) : HeatColours.Alone(map);

        RgbImage Marked(AttentionLayer layer, int y, int x)
        {
            float[] marked = [.. colours];
            int top = y * Side / layer.Rows, bottom = Math.Max(top + 2, (y + 1) * Side / layer.Rows), left = x * Side / layer.Columns, right = Math.Max(left + 2, (x + 1) * Side / layer.Columns);
            for (int pixelY = top; pixelY < bottom; pixelY++)
            {
                for (int pixelX = left; pixelX < right; pixelX++)
                {
                    if (pixelY == top || pixelY == bottom - 1 || pixelX == left || pixelX == right - 1)
                        (marked[3 * (pixelY * Side + pixelX)], marked[3 * (pixelY * Side + pixelX) + 1], marked[3 * (pixelY * Side + pixelX) + 2]) = (1, 1, 0);
                }
            }
            return HeatColours.Picture(marked, Side);
        }
    }
}
