namespace GpuPool.Models.Pooling;

/// <summary>
/// How the patches of self-attentive pooling grow towards the input of a network (Table 1 of the paper: patches of 1 to 8 pixels). A backbone says how large they
/// are in each of its places.
/// </summary>
public enum PatchSchedule
{
    /// <summary>Patches of one pixel in every stage.</summary>
    Pixel,

    /// <summary>Larger ones where the map is large, as 4, 2, 1, 1 in ResNet18.</summary>
    Reduced,

    /// <summary>For detection: no pool, then 2, 1, 1.</summary>
    Reduced0211,

    /// <summary>No pool, then 8, 4, 2.</summary>
    Reduced0842,
}

/// <summary>A pooling method with its options, as one word of an architecture label: <c>lip</c>, <c>nlp_headfix2_nowin_reduced</c>.</summary>
/// <param name="Method">The method; only the self-attentive ones take options.</param>
/// <param name="TwoHeads"><c>headfix2</c>: two heads in every stage; else their number doubles from stage to stage.</param>
/// <param name="Unnormalised"><c>nowin</c>: without the normaliser of equation 5.</param>
/// <param name="Patches"><c>reduced</c> and its kin: larger patches in the first stages.</param>
/// <param name="Bilinear"><c>bilinear</c>: weights are up-sampled as the paper says; the released code, whose labels these are, takes the nearest token.</param>
/// <param name="LayerNorm"><c>layernorm</c>: layer norm behind the attention, as the paper's Eq. 1 says; the released code has none.</param>
/// <param name="Residual"><c>residual</c>: the tokens added to what attention makes of them, as the paper's Eq. 1 says; the released code does not.</param>
public sealed record PoolingChoice(
    PoolingMethod Method,
    bool TwoHeads = false,
    bool Unnormalised = false,
    PatchSchedule Patches = PatchSchedule.Pixel,
    bool Bilinear = false,
    bool LayerNorm = false,
    bool Residual = false)
{
    /// <summary>Reads a word; options may stand in any order.</summary>
    /// <exception cref="ArchitectureException">The method or an option is unknown, or two options exclude each other; the message lists the known words.</exception>
    public static PoolingChoice Parse(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (PoolingMethod.All.FirstOrDefault(method => method.Word == word) is { } plain)
            return new PoolingChoice(plain);
        string[] parts = word.Split('_');
        PoolingMethod method = PoolingMethod.All.FirstOrDefault(method => method.Word == parts[0] && method.IsSelfAttentive)
            ?? throw new ArchitectureException($"unknown pooling method '{word}'; known are {string.Join(", ", PoolingMethod.All.Select(known => known.Word))}");
        return parts.Skip(1).Aggregate(new PoolingChoice(method), (choice, option) => option switch
        {
            "headfix2" when !choice.TwoHeads => choice with { TwoHeads = true },
            "nowin" when !choice.Unnormalised => choice with { Unnormalised = true },
            "reduced" when choice.Patches == PatchSchedule.Pixel => choice with { Patches = PatchSchedule.Reduced },
            "reduced0211" when choice.Patches == PatchSchedule.Pixel => choice with { Patches = PatchSchedule.Reduced0211 },
            "reduced0842" when choice.Patches == PatchSchedule.Pixel => choice with { Patches = PatchSchedule.Reduced0842 },
            "bilinear" when !choice.Bilinear => choice with { Bilinear = true },
            "layernorm" when !choice.LayerNorm => choice with { LayerNorm = true },
            "residual" when !choice.Residual => choice with { Residual = true },
            _ => throw new ArchitectureException(
                $"option '{option}' of '{word}' is unknown or repeats another; known are headfix2, nowin, one of reduced, reduced0211, reduced0842, and bilinear, layernorm, residual"),
        });
    }

    /// <summary>The word, with the options in the order of the released code.</summary>
    public override string ToString() =>
        Method.Word
        + (TwoHeads ? "_headfix2" : "")
        + (Unnormalised ? "_nowin" : "")
        + (Patches == PatchSchedule.Pixel ? "" : $"_{Patches}".ToLowerInvariant())
        + (Bilinear ? "_bilinear" : "")
        + (LayerNorm ? "_layernorm" : "")
        + (Residual ? "_residual" : "");
}
