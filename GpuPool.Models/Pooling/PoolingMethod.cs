using GpuPool.Kernels.Ops;
using GpuPool.Models.Pooling.ContextAware;

namespace GpuPool.Models.Pooling;

/// <summary>A pooling method by its word in architecture labels. A new method is a file beside this one and a line in <see cref="All"/>.</summary>
/// <param name="Word">For example <c>maxp</c>.</param>
/// <param name="Make">Makes the pool of one place.</param>
/// <param name="IsSelfAttentive">Whether the word may be followed by the options of self-attentive pooling.</param>
public sealed record PoolingMethod(string Word, Func<PoolingSite, Module> Make, bool IsSelfAttentive = false)
{
    /// <summary>No pool: the convolution that would feed it carries the stride.</summary>
    public static PoolingMethod Strided { get; } = new("skip", NoPool);

    /// <summary>The methods, in the order in which messages list them.</summary>
    public static IReadOnlyList<PoolingMethod> All { get; } =
    [
        Strided,
        new("maxp", site => new MaxPool(site.Own ?? site.Window)),
        new("avgp", site => new AveragePool(site.Own ?? site.Window)),
        new("lip", site => new WeightedPool(new LipLogit(site.Channels), site.Window)),
        new("lip_original", site => OriginalLip.Pool(new SimplifiedLipLogit(site.Channels), site)),
        new("lip_original_bottleneck", site => OriginalLip.Pool(new BottleneckLipLogit(site.Channels), site)),
        new("gaussian_pool", site => new GaussianPool(site.Channels, site.Window, site.Noise ? PoolingNoise.Element : PoolingNoise.None)),
        new("gaussian_pool_cn", site => new GaussianPool(site.Channels, site.Window, site.Noise ? PoolingNoise.Channel : PoolingNoise.None)),
        new("half_gaussian", site => new GaussianPool(
            site.Channels, site.Window, site.Noise ? PoolingNoise.Element : PoolingNoise.None, GaussianWeight.HalfGaussian)),
        new("attnpool", site => new AttentionPool(site.Channels, site.Window)),
        new("mixed", site => new MixedPool(site.Channels, site.Window)),
        new("mixed_learned", site => new LearnedMixedPool(site.Window)),
        new("gated", site => new GatedPool(site.Window)),
        new("tree", site => new TreePool(site.Window)),
        new("lp", site => new LpPool(site.Channels, site.Window)),
        SelfAttentive("nlp", options => options),
        SelfAttentive("nlpnoexp", options => options with { Exponential = false }),
        SelfAttentive("nlpnosigmoid", options => options with { Sigmoid = false }),
        SelfAttentive("nlpnope", options => options with { Position = false }),
        SelfAttentive("nlpnobn1", options => options with { EmbeddingNorm = false }),
        SelfAttentive("nlpnobn2", options => options with { RestorationNorm = false }),
        new("rnnpool", site => RnnPool.InPlace(site.Channels, site.Stride)) { TakesStepOne = false },
        new("dpp", site => new DetailPreservingPool(site.Channels, site.Window)),
        new("dpp_asymmetric", site => new DetailPreservingPool(site.Channels, site.Window, symmetric: false)),
        new("dpp_full", site => new DetailPreservingPool(site.Channels, site.Window, full: true)),
        new("dpp_full_asymmetric", site => new DetailPreservingPool(site.Channels, site.Window, symmetric: false, full: true)),
        new("cap", NoPool) { Head = (channels, classes) => new ContextAwareHead(channels, classes) },
    ];

    /// <summary>
    /// For a method that pools the last map only: makes logits of it, for these numbers of channels and classes, in place of global average pooling and classifier.
    /// </summary>
    public Func<int, int, Module>? Head { get; private init; }

    /// <summary>Whether it pools windows of side 3 at step 1, which reach beyond the map. RNNPool does not: its patches are whole, and the map would lose its border.</summary>
    public bool TakesStepOne { get; private init; } = true;

    /// <summary>Whether the stages of a network have no pools, so that their convolutions carry the strides.</summary>
    public bool IsStrided => this == Strided || Head is not null;

    /// <summary>The pool of one place.</summary>
    public Module Create(PoolingSite site)
    {
        Module pool = Make(site);
        pool.IsPool = true;
        return pool;
    }

    private static Module NoPool(PoolingSite site) => throw new NotSupportedException("A strided convolution has no pool.");

    private static PoolingMethod SelfAttentive(string word, Func<SelfAttentiveOptions, SelfAttentiveOptions> ablation) =>
        new(word, site => SelfAttentiveLogit.Pool(site.Channels, site.Window, ablation(site.SelfAttentive)), IsSelfAttentive: true);
}
