using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models;

/// <summary>Exact numbers: torchvision's for the stock networks, counted from the paper's description for the others.</summary>
public sealed class CostTests
{
    // Table label, size, classes, width: parameters, multiply-adds of convolutions and linear layers, of projections, of attention.
    [TestCase("mobilenet_v2-skip-1222121", 224, 1000, 1.0, 3504872, 300774272, 0, 0)]
    [TestCase("mobilenet_v2-skip-1222121", 224, 1000, 0.35, 1677128, 59285808, 0, 0)]
    [TestCase("resnet18-skip-1222", 224, 1000, 1.0, 11689512, 1814073344, 0, 0)]
    [TestCase("mobilenet-skip-1222121", 224, 10, 1.0, 2236682, 299507072, 0, 0)]
    [TestCase("mobilenet-skip-1222121", 128, 10, 1.0, 2236682, 97806848, 0, 0)]
    [TestCase("mobilenet_v2-skip-1222121", 96, 10, 1.0, 2236682, 55021952, 0, 0)]
    [TestCase("mobilenet_v2-skip-1222121", 224, 10, 0.35, 408938, 58018608, 0, 0)]
    [TestCase("mobilenet_v2-skip-1222121", 128, 10, 0.35, 408938, 18953472, 0, 0)]
    [TestCase("mobilenet_v2-skip-1222121", 96, 10, 0.35, 408938, 10666928, 0, 0)]
    [TestCase("mobilenet_v2-skip-1222121", 224, 2, 0.35, 398690, 58008368, 0, 0)]
    [TestCase("resnet18-skip-1222", 224, 10, 1.0, 11181642, 1813566464, 0, 0)]
    [TestCase("resnet18_v2-skip-1222", 128, 10, 1.0, 11181642, 592188416, 0, 0)]
    [TestCase("resnet18-skip-1222", 96, 10, 1.0, 11181642, 333108224, 0, 0)]
    [TestCase("mobilenet_v2-lip-1222121", 128, 10, 1.0, 2268818, 125531648, 0, 0)]
    [TestCase("mobilenet-lip-1222121", 128, 10, 1.0, 2248258, 89090560, 0, 0)]
    [TestCase("mobilenet_v2-gaussian_pool-1222121", 128, 10, 1.0, 2285726, 119483744, 0, 0)]
    [TestCase("mobilenet-gaussian_pool-1222121", 128, 10, 1.0, 2254550, 86616800, 0, 0)]
    [TestCase("resnet18_v2-gaussian_pool-1222", 128, 10, 1.0, 11704458, 1121186816, 0, 0)]
    [TestCase("resnet18-gaussian_pool-1222", 128, 10, 1.0, 11704458, 1800664064, 0, 0)]
    [TestCase("mobilenet_v2-nlp_headfix2-1222121", 128, 10, 1.0, 2498938, 131626496, 24379392, 882114560)]
    [TestCase("mobilenet-nlp_headfix2-1222121", 128, 10, 1.0, 2347802, 91580928, 9961472, 592183296)]
    [TestCase("mobilenet_v2-nlp_headfix2_reduced-1222121", 128, 10, 1.0, 2535226, 131626496, 8454144, 5242880)]
    [TestCase("mobilenet-nlp_headfix2_reduced-1222121", 128, 10, 1.0, 2363354, 91580928, 3031040, 3342336)]
    [TestCase("resnet18_v2-lip-1222", 128, 10, 1.0, 11528394, 1171002368, 0, 0)]
    [TestCase("resnet18-lip-1222", 128, 10, 1.0, 11528394, 1850479616, 0, 0)]
    [TestCase("resnet18_v2-nlp_headfix2-1222", 128, 10, 1.0, 13484362, 1221334016, 201326592, 306184192)]
    [TestCase("resnet18-nlp-1222", 128, 10, 1.0, 13484362, 1900811264, 201326592, 306184192)]
    [TestCase("resnet18_v2-nlp_headfix2_reduced-1222", 128, 10, 1.0, 13533514, 1221334016, 150994944, 54525952)]
    [TestCase("resnet18-nlp_reduced-1222", 128, 10, 1.0, 13533514, 1900811264, 150994944, 54525952)]
    [TestCase("resnet18-skip-2222", 128, 10, 1.0, 11185866, 178000896, 0, 0)]
    [TestCase("resnet18-skip-4222", 128, 10, 1.0, 11185866, 73405440, 0, 0)]
    [TestCase("resnet18-nlp-2222", 128, 10, 1.0, 13525962, 625742848, 67108864, 153354240)]
    [TestCase("resnet18-nlp_headfix2-4222", 128, 10, 1.0, 13525962, 304878592, 29360128, 135413760)]
    [TestCase("mobilenet_v2-skip-2222121", 128, 10, 1.0, 2236682, 27115520, 0, 0)]
    [TestCase("mobilenet_v2-skip-4222121", 128, 10, 1.0, 2236682, 9442688, 0, 0)]
    [TestCase("mobilenet_v2-nlp_headfix2-2222121", 128, 10, 1.0, 2504730, 40125184, 10289152, 592003072)]
    [TestCase("mobilenet_v2-nlp_headfix2-4222121", 128, 10, 1.0, 2504730, 16725568, 5718016, 540316672)]
    [TestCase("vgg16_bn-maxp-22222", 224, 1000, 1.0, 138365992, 15470264320, 0, 0)]
    [TestCase("densenet121-avgp-1222", 224, 1000, 1.0, 7978856, 2834161664, 0, 0)]
    [TestCase("inception_v3-maxp-2222", 299, 1000, 1.0, 23834568, 5713216096, 0, 0)]
    public void A_network_has_the_published_cost(
        string label, int size, int classes, double width, long parameters, long convolutionAndLinear, long projection, long attention)
    {
        Cost cost = Cost.Of(Architecture.Parse(label), new NetworkOptions(classes, width), size);
        Assert.That(cost.Parameters, Is.EqualTo(parameters), "parameters");
        Assert.That(cost.MultiplyAddsOf(CostPart.Convolution) + cost.MultiplyAddsOf(CostPart.Linear), Is.EqualTo(convolutionAndLinear), "convolution and linear");
        Assert.That(cost.MultiplyAddsOf(CostPart.Projection), Is.EqualTo(projection), "projection");
        Assert.That(cost.MultiplyAddsOf(CostPart.Attention), Is.EqualTo(attention), "attention");
        Assert.That(cost.MultiplyAdds, Is.EqualTo(convolutionAndLinear + projection + attention), "total");
    }

    [TestCase(24, 1, 9840)]
    [TestCase(32, 1, 14656)]
    [TestCase(64, 1, 41600)]
    [TestCase(128, 1, 132352)]
    [TestCase(160, 1, 196160)]
    [TestCase(256, 1, 461312)]
    [TestCase(512, 1, 1709056)]
    [TestCase(24, 4, 18480)]
    public void A_self_attentive_pool_has_the_published_number_of_parameters(int channels, int patch, long parameters) =>
        Assert.That(Cost.Of(SelfAttentiveLogit.Pool(channels, new Window(2, 2), new SelfAttentiveOptions(patch)), new Shape(1, 8, 8, channels)).Parameters, Is.EqualTo(parameters));

    [TestCase("lip", 128, 2, 16768)]
    [TestCase("lip_original", 64, 2, 9 * 64 * 64 + 2 * 64)]
    [TestCase("lip_original_bottleneck", 64, 2, 2 * 128 * 64 + 9 * 128 * 128 + 4 * 128 + 2 * 64)]
    [TestCase("gaussian_pool", 24, 2, 1044)]
    [TestCase("gaussian_pool", 128, 2, 25536)]
    [TestCase("gaussian_pool", 256, 2, 100224)]
    [TestCase("gaussian_pool", 512, 2, 397056)]
    [TestCase("half_gaussian", 24, 2, 24 * 12 + 3 * 12 + 12 * 24 + 3 * 24)]
    [TestCase("mixed", 24, 2, 0)]
    [TestCase("mixed_learned", 24, 3, 1)]
    [TestCase("gated", 24, 3, 9)]
    [TestCase("gated", 24, 4, 16)]
    [TestCase("tree", 24, 3, 27)]
    [TestCase("lp", 24, 2, 24)]
    public void A_pool_has_the_published_number_of_parameters(string word, int channels, int stride, long parameters)
    {
        var site = new PoolingSite(channels, stride, new SelfAttentiveOptions());
        Assert.That(Cost.Of(PoolingMethod.All.Single(method => method.Word == word).Create(site), new Shape(1, 8, 8, channels)).Parameters, Is.EqualTo(parameters));
    }

    // Stride of the first stage, width: elements of the largest input and output, and of all outputs of convolutions.
    [TestCase(1, 1.0, 1505280, 6678112)]
    [TestCase(1, 0.35, 752640, 2862776)]
    [TestCase(2, 1.0, 551936, 2002144)]
    [TestCase(2, 0.35, 351232, 880352)]
    [TestCase(4, 1.0, 551936, 826672)]
    [TestCase(4, 0.35, 351232, 379616)]
    public void Activations_of_MobileNetV2_have_the_counted_size(int stride, double width, long peak, long sum)
    {
        Cost cost = Cost.Of(Architecture.Parse($"mobilenet_v2-skip-{stride}222121"), new NetworkOptions(1000, width), 224);
        Assert.That(cost.LayerPeakBytes, Is.EqualTo(peak * sizeof(float)));
        Assert.That(cost.PeakBytes, Is.EqualTo(cost.LayerPeakBytes), "no shortcut passes the largest layer");
        Assert.That(cost.Layers.Where(layer => layer.Part == CostPart.Convolution).Sum(layer => layer.OutputBytes), Is.EqualTo(sum * sizeof(float)));
    }

    [Test]
    public void Twice_as_wide_elements_take_twice_the_bytes()
    {
        var architecture = Architecture.Parse("resnet18-avgp-1222");
        Cost single = Cost.Of(architecture, new NetworkOptions(), 64), twofold = Cost.Of(architecture, new NetworkOptions(DType: DType.Float64), 64);
        Assert.That(twofold.ActivationBytes, Is.EqualTo(2 * single.ActivationBytes));
        Assert.That(twofold.PeakBytes, Is.EqualTo(2 * single.PeakBytes));
        Assert.That(twofold.MultiplyAdds, Is.EqualTo(single.MultiplyAdds));
    }

    [Test]
    public void Layers_bear_the_names_of_the_released_code()
    {
        Cost cost = Cost.Of(Architecture.Parse("mobilenet_v2-nlp-1222121"), new NetworkOptions(), 64);
        Assert.That(cost.Layers.Select(layer => layer.Name), Is.SupersetOf(new[]
        {
            "net.conv1.0", "net.features.1.0.conv.3", "net.features.1.0.pooling.logit.pool_weight.multihead_attn.attention", "net.features.1.0.pooling", "net.classifier",
        }));
    }

    [TestCase("resnet18-maxp-4222", 16, 127)]
    [TestCase("vgg16_bn-nlp-22222", 31, 32)]
    [TestCase("inception_v3-maxp-2222", 32, 75)]
    public void An_image_smaller_than_the_network_is_refused_with_the_size_that_is_not(string label, int size, int smallest) =>
        Assert.That(() => Cost.Of(Architecture.Parse(label), new NetworkOptions(), size), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            $"{label} takes images of at least {smallest} x {smallest} pixels, but these have {size} x {size}."));

    [TestCase("resnet18-nlp-9999", Description = "those that are not too small have more cells than a table of positions")]
    [TestCase("resnet18-maxp-9999", Description = "those that are not too small have more elements than an array")]
    public void Where_no_image_fits_none_is_named(string label)
    {
        var network = new Network(Architecture.Parse(label), new NetworkOptions());
        Assert.That(network.SmallestImage, Is.Null);
        Assert.That(() => Cost.Of(network.Architecture, network.Options, 64), Throws.TypeOf<ShapeException>().With.Message.Not.Contains("takes images of at least"));
    }

    [Test]
    public void A_map_larger_than_the_position_tables_is_refused() =>
        Assert.That(() => Cost.Of(Architecture.Parse("resnet18-nlp-1222"), new NetworkOptions(), 1280),
            Throws.TypeOf<ShapeException>().With.Message.Contains("h <= 256, w <= 256"));
}
