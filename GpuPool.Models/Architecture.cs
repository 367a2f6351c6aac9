using System.Globalization;
using GpuPool.Models.Backbones;
using GpuPool.Models.Detection;
using GpuPool.Models.Pooling;

namespace GpuPool.Models;

/// <summary>
/// A network of the paper: backbone, pooling method, stride of each stage. Its label is the released code's
/// <c>[prepool-POOL-STRIDE-]BACKBONE-POOL-STRIDES</c>, for example <c>mobilenet_v2-nlp_headfix2-1222121</c>: one digit a stage.
/// A stage of stride 1 has no pool. Behind the strides of Inception v3 may stand a digit for each of its nine means of step 1: 3 puts the method there, 1 leaves it.
/// </summary>
public sealed record Architecture
{
    /// <summary>A network.</summary>
    /// <exception cref="ArchitectureException">
    /// There is not one stride of 1 to 9 for each stage, or one side of 1 or 3 for each mean, or the patch schedule is not made for the backbone.
    /// </exception>
    public Architecture(BackboneFamily family, Placement placement, PoolingChoice pooling, IReadOnlyList<int> strides, Prepool? prepool = null, IReadOnlyList<int>? sides = null)
    {
        ArgumentNullException.ThrowIfNull(pooling);
        ArgumentNullException.ThrowIfNull(strides);
        (Family, Placement, Pooling, Strides, Prepool) = (family, placement, pooling, [.. strides], prepool);
        Sides = sides?.Any(side => side != 1) == true ? [.. sides] : [];
        string backbone = family.Word(placement);
        if (strides.Count != family.Places || strides.Any(stride => stride is < 1 or > 9))
            throw new ArchitectureException(
                $"the strides of {backbone} must be {family.Places} digits from 1 to 9, one a stage, but are '{string.Concat(strides)}'");
        if (sides is { Count: > 0 } && (sides.Count != family.Means || sides.Any(side => side is not (1 or 3))))
        {
            throw new ArchitectureException(family.Means == 0
                ? $"{backbone} has no means of step 1, and so takes no digits behind its {family.Places} strides"
                : $"behind its {family.Places} strides {backbone} takes {family.Means} digits, each 1 for the mean that it has or 3 for the method, but they are '{string.Concat(sides)}'");
        }
        if (Sides.Count > 0 && !pooling.Method.TakesStepOne)
            throw new ArchitectureException($"'{pooling}' sweeps whole patches, so that with step 1 the map would lose its border: leave out the {family.Means} digits behind the strides");
        if (prepool is not null && !family.HasStem)
            throw new ArchitectureException($"{backbone} has no stem that down-samples, and so takes no prepool");
        if (!family.Patches.TryGetValue(pooling.Patches, out IReadOnlyList<int>? patches) || patches.Zip(strides).Any(place => place is (0, > 1)))
            throw new ArchitectureException($"'{pooling}' has no patch size for the first stage: it needs {WithPatches(pooling.Patches)} with stride 1 there");
    }

    /// <summary>The kind of network.</summary>
    public BackboneFamily Family { get; }

    /// <summary>Where its stages have their pools.</summary>
    public Placement Placement { get; }

    /// <summary>How they pool.</summary>
    public PoolingChoice Pooling { get; }

    /// <summary>Stride of each stage; the first is the paper's s1.</summary>
    public IReadOnlyList<int> Strides { get; }

    /// <summary>Of each mean of step 1 that the network has, 3 where the method takes its place and 1 where not; empty where it never does.</summary>
    public IReadOnlyList<int> Sides { get; }

    /// <summary>A pool in place of the stem's own down-sampling.</summary>
    public Prepool? Prepool { get; }

    /// <summary>Reads a label.</summary>
    /// <exception cref="ArchitectureException">It is no label, or one of its words is unknown; the message lists the known ones.</exception>
    public static Architecture Parse(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        try
        {
            return label.Split('-') switch
            {
                [string backbone, string pooling, string strides] => Parse(backbone, pooling, strides, null),
                ["prepool", string prepool, string stride, string backbone, string pooling, string strides] =>
                    Parse(backbone, pooling, strides, Prepool.Parse(prepool, stride)),
                _ when DetectorArchitecture.IsDetector(label) => throw new ArchitectureException("this is a detector, where a network that classifies or a backbone was expected"),
                [not "prepool" and string word, _, _, _] => throw DetectorFamily.Unknown(word),
                [string word, "prepool", _, _, _, _, _] => throw DetectorFamily.Unknown(word),
                _ => throw new ArchitectureException("the form is [prepool-POOL-STRIDE-]BACKBONE-POOL-STRIDES, such as mobilenet_v2-nlp_headfix2-1222121"),
            };
        }
        catch (ArchitectureException exception)
        {
            throw new ArchitectureException($"architecture '{label}': {exception.Message}");
        }
    }

    /// <summary>The backbone without memory.</summary>
    /// <param name="width">Factor of the numbers of channels.</param>
    /// <exception cref="ArchitectureException">The backbone has not this width.</exception>
    public Backbone CreateBackbone(double width)
    {
        (double least, double most) = Family.Widths;
        if (width >= least && width <= most)
            return Family.Backbone(this, width);
        string range = least == most ? FormattableString.Invariant($"{least}") : FormattableString.Invariant($"from {least} to {most}");
        throw new ArchitectureException(FormattableString.Invariant($"the width of {Family.Word(Placement)} must be {range}, but is {width}"));
    }

    /// <summary>The label, which <see cref="Parse(string)"/> reads back.</summary>
    public override string ToString() => $"{(Prepool is null ? "" : $"{Prepool}-")}{Family.Word(Placement)}-{Pooling}-{string.Concat(Strides)}{string.Concat(Sides)}";

    /// <summary>Two networks are the same if their labels are.</summary>
    public bool Equals(Architecture? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static string WithPatches(PatchSchedule schedule) =>
        string.Join(" or ", BackboneFamily.All.Where(family => family.Patches.ContainsKey(schedule)).SelectMany(family => family.Words).Select(entry => entry.Word));

    private static Architecture Parse(string backbone, string pooling, string strides, Prepool? prepool)
    {
        (BackboneFamily family, Placement placement) = BackboneFamily.Parse(backbone);
        PoolingChoice choice = PoolingChoice.Parse(pooling);
        if (!strides.All(char.IsAsciiDigit))
            throw new ArchitectureException($"the strides must be digits, but are '{strides}'");
        int[] digits = [.. strides.Select(digit => digit - '0')];
        int places = family.Means > 0 ? Math.Min(family.Places, digits.Length) : digits.Length;
        return new Architecture(family, placement, choice, digits[..places], prepool, digits[places..]);
    }
}

/// <summary>
/// A pool that replaces the down-sampling of the stem: the first convolution gets stride 1, and ResNet18 loses its max pool. In DenseNet121 it replaces the max pool alone.
/// </summary>
public sealed record Prepool
{
    /// <summary>A prepool.</summary>
    /// <exception cref="ArchitectureException">The method has no pools in the stages, as <c>skip</c>, its patch schedule is not <c>reduced</c>, or the stride is not within 2 and 16.</exception>
    public Prepool(PoolingChoice pooling, int stride)
    {
        ArgumentNullException.ThrowIfNull(pooling);
        (Pooling, Stride) = (pooling, stride);
        if (pooling.Method.IsStrided || pooling.Patches is PatchSchedule.Reduced0211 or PatchSchedule.Reduced0842)
            throw new ArchitectureException($"'{pooling}' is not for a prepool: name a pooling method, if need be with _reduced");
        if (stride is < 2 or > 16)
            throw new ArchitectureException($"the stride of the prepool must be from 2 to 16, but is {stride}");
    }

    /// <summary>How it pools.</summary>
    public PoolingChoice Pooling { get; }

    /// <summary>Side and step of its windows, in pixels.</summary>
    public int Stride { get; }

    /// <summary>The first part of a label, for example <c>prepool-nlp_headfix2-4</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"prepool-{Pooling}-{Stride}");

    internal static Prepool Parse(string pooling, string stride) =>
        new(PoolingChoice.Parse(pooling), int.TryParse(stride, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0);
}
