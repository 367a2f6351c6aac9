namespace GpuPool.Models.Pooling;

/// <summary>A pooling method by its word in architecture labels. A new method is a file beside this one and a line in <see cref="All"/>.</summary>
/// <param name="Word">For example <c>maxp</c>.</param>
/// <param name="IsSelfAttentive">Whether the word may be followed by the options of self-attentive pooling.</param>
public sealed record PoolingMethod(string Word, bool IsSelfAttentive = false)
{
    /// <summary>No pool: the convolution that would feed it carries the stride.</summary>
    public static PoolingMethod Strided { get; } = new("skip");

    /// <summary>The methods, in the order in which messages list them.</summary>
    public static IReadOnlyList<PoolingMethod> All { get; } =
    [
        Strided,
        new("maxp"),
        new("avgp"),
        new("lip"),
        new("gaussian_pool"),
        new("attnpool"),
        new("nlp", IsSelfAttentive: true),
        new("nlpnoexp", IsSelfAttentive: true),
        new("nlpnosigmoid", IsSelfAttentive: true),
        new("nlpnope", IsSelfAttentive: true),
        new("nlpnobn1", IsSelfAttentive: true),
        new("nlpnobn2", IsSelfAttentive: true),
    ];
}
