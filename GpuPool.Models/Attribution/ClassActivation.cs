using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Attribution;

/// <summary>
/// Class activation maps: where a layer has what speaks for a class. All are sum over the channels c of weight_c A_c, without what is below 0, and differ in the weights.
/// </summary>
public static class ClassActivation
{
    // Keeps the divisor of Grad-CAM++ off 0, in the code that the authors used.
    private const double Epsilon = 1e-6;

    // Masked pictures that run at one time.
    private const int MaskedBatch = 16;

    /// <summary>Grad-CAM (Selvaraju et al., ICCV 2017): weight_c is the mean over the map of the logit's gradient by A_c.</summary>
    public static Heatmap GradCam(ChannelMap map, ChannelMap gradient) => map.Weighted(gradient.ChannelMeans()).Rectified();

    /// <summary>
    /// Grad-CAM++ (Chattopadhay et al., WACV 2018): weight_c = sum of a G+ over the map, a = G^2 / (2 G^2 + G^3 sum A), which counts a class that is there several times.
    /// </summary>
    public static Heatmap GradCamPlusPlus(ChannelMap map, ChannelMap gradient)
    {
        double[] means = map.ChannelMeans(), weights = new double[map.Channels];
        int pixels = map.Height * map.Width;
        for (int i = 0; i < gradient.Values.Length; i++)
        {
            double g = gradient.Values[i];
            int channel = i % map.Channels;
            if (g > 0)
                weights[channel] += g * g * g / (2 * g * g + g * g * g * means[channel] * pixels + Epsilon);
        }
        return map.Weighted(weights).Rectified();
    }

    /// <summary>
    /// Score-CAM (Wang et al., CVPR workshops 2020), without gradients: weight_c is the softmax over the channels of the logit that the picture has where A_c masks it, A_c
    /// enlarged and brought to [0, 1].
    /// </summary>
    /// <param name="module">Images to logits.</param>
    /// <param name="image">The picture (1, H, W, C), normalised; 0 is what a mask leaves.</param>
    /// <param name="map">The map of a layer.</param>
    /// <param name="label">The class.</param>
    public static Heatmap ScoreCam(Module module, DeviceArray image, ChannelMap map, int label)
    {
        ArgumentNullException.ThrowIfNull(module);
        Shape one = image.Shape;
        double[] pixels = image.ToDoubles(), scores = new double[map.Channels];
        using IDisposable off = GradientMode.Off();
        for (int first = 0; first < map.Channels; first += MaskedBatch)
        {
            int count = Math.Min(MaskedBatch, map.Channels - first);
            double[] masked = new double[count * pixels.Length];
            for (int channel = 0; channel < count; channel++)
            {
                double[] mask = map.Channel(first + channel).Resized(one[1], one[2]).Normalised().Values;
                for (int i = 0; i < pixels.Length; i++)
                    masked[channel * pixels.Length + i] = pixels[i] * mask[i / one[3]];
            }
            using ArrayScope scope = image.Device.OpenScope();
            double[] logits = module.Call(Tensor.Leaf(image.Device.Upload(new Shape(count, one[1], one[2], one[3]), masked, image.DType))).Value.ToDoubles();
            for (int channel = 0; channel < count; channel++)
                scores[first + channel] = logits[channel * (logits.Length / count) + label];
        }
        double most = scores.Max(), sum = scores.Sum(score => Math.Exp(score - most));
        return map.Weighted([.. scores.Select(score => Math.Exp(score - most) / sum)]).Rectified();
    }

    /// <summary>The weights of a pool themselves, "directly" in the paper: the mean over the channels.</summary>
    public static Heatmap Direct(ChannelMap map) => map.Weighted([.. Enumerable.Repeat(1.0 / map.Channels, map.Channels)]);
}
