using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Attribution;

namespace GpuPool.Experiments.Attribution;

/// <summary>Where a trained network looks in one picture.</summary>
/// <param name="Label">The class that is explained.</param>
/// <param name="Score">Its share by softmax.</param>
/// <param name="Maps">For each layer a map of the size of the input, in [0, 1]; 0 everywhere where it is blank.</param>
/// <param name="Mean">The mean of the maps, brought to [0, 1] again.</param>
/// <param name="Blank">Layers whose map shows nothing: all its values are equal, or closer to each other than the number that keeps the divisor above 0.</param>
internal sealed record Explanation(int Label, double Score, IReadOnlyList<(MapLayer Layer, Heatmap Map)> Maps, Heatmap Mean, IReadOnlyList<MapLayer> Blank)
{
    // A map of this range is drawn by less than half of the colours.
    private const double LeastShown = 0.5;

    // As the released code has it for "directly".
    private const double DirectEpsilon = 1e-10;

    /// <summary>Explains the class that is chosen by the logits.</summary>
    /// <param name="device">Where the network is.</param>
    /// <param name="trained">The network.</param>
    /// <param name="input">A picture, see <see cref="TrainedNetwork.Input"/>.</param>
    /// <param name="layers">At least one layer.</param>
    /// <param name="method">How.</param>
    /// <param name="choose">Chooses a class.</param>
    public static Explanation Of(
        Device device, TrainedNetwork trained, float[] input, IReadOnlyList<MapLayer> layers, MapMethod method, Func<double[], int> choose)
    {
        using ArrayScope scope = device.OpenScope();
        DeviceArray image = device.Upload(trained.InputShape, input);
        LayerPass pass = LayerPass.Run(trained.Network, image, layers, choose);
        int size = trained.Config.Size;
        List<(MapLayer, Heatmap)> maps = [];
        List<MapLayer> blank = [];
        foreach ((MapLayer layer, ChannelMap map, ChannelMap gradient) in pass.Maps)
        {
            Heatmap raw = method switch
            {
                MapMethod.GradCam => ClassActivation.GradCam(map, gradient),
                MapMethod.GradCamPlusPlus => ClassActivation.GradCamPlusPlus(map, gradient),
                MapMethod.ScoreCam => ClassActivation.ScoreCam(trained.Network, image, map, pass.Label),
                _ => ClassActivation.Direct(map),
            };
            // Before and after the enlargement in the released code; "directly" only after it.
            Heatmap shown = method == MapMethod.Pi ? raw.Resized(size, size).Normalised(DirectEpsilon) : raw.Normalised().Resized(size, size);
            if (shown.Values.Max() < LeastShown)
                blank.Add(layer);
            maps.Add((layer, shown));
        }
        return new Explanation(pass.Label, pass.Score, maps, Heatmap.Mean([.. maps.Select(entry => entry.Item2)]).Normalised(), blank);
    }
}
