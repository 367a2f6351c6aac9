namespace GpuPool.Models.Backbones;

/// <summary>The networks of the paper.</summary>
public enum BackboneFamily
{
    /// <summary>Residual network with four stages of two basic blocks.</summary>
    ResNet18,

    /// <summary>Seven stages of inverted residual blocks.</summary>
    MobileNetV2,
}

/// <summary>Where a stage that down-samples has its pool (paper, figure 3). The two are one network where the pool is a strided convolution.</summary>
public enum Placement
{
    /// <summary>Between stages: ResNet18 after the last block of the stage, MobileNetV2 before its first block.</summary>
    Outer,

    /// <summary>After the first block of the stage.</summary>
    Inner,
}

/// <summary>The words of architecture labels for the backbones, and how many stages each has.</summary>
public static class BackboneFamilies
{
    private static readonly (string Word, BackboneFamily Family, Placement Placement)[] _words =
    [
        ("resnet18", BackboneFamily.ResNet18, Placement.Outer),
        ("resnet18_v2", BackboneFamily.ResNet18, Placement.Inner),
        ("mobilenet", BackboneFamily.MobileNetV2, Placement.Outer),
        ("mobilenet_v2", BackboneFamily.MobileNetV2, Placement.Inner),
    ];

    /// <summary>Number of stages, each with a stride of its own.</summary>
    public static int Stages(this BackboneFamily family) => family == BackboneFamily.ResNet18 ? 4 : 7;

    /// <summary>The released code's word, for example <c>mobilenet_v2</c> for MobileNetV2 with the pools inside the stages.</summary>
    public static string Word(this BackboneFamily family, Placement placement) =>
        _words.First(entry => (entry.Family, entry.Placement) == (family, placement)).Word;

    /// <summary>The inverse of <see cref="Word"/>.</summary>
    /// <exception cref="ArchitectureException">No backbone has this word; the message lists those that do.</exception>
    public static (BackboneFamily Family, Placement Placement) Parse(string word)
    {
        foreach ((string known, BackboneFamily family, Placement placement) in _words)
        {
            if (known == word)
                return (family, placement);
        }
        throw new ArchitectureException($"unknown backbone '{word}'; known are {string.Join(", ", _words.Select(entry => entry.Word))}");
    }
}
