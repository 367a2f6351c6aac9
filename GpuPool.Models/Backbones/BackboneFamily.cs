using GpuPool.Kernels;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Backbones;

/// <summary>A kind of backbone as data: its words in labels, its places for pools, how it is made and started. Each stands in the file of its backbone.</summary>
public sealed record BackboneFamily
{
    /// <summary>The known ones, in the order in which messages list their words.</summary>
    public static IReadOnlyList<BackboneFamily> All => [ResNet18.Family, ResNet18.Original, MobileNetV2.Family, Vgg16.Family, DenseNet121.Family, InceptionV3.Family];

    /// <summary>The words of architecture labels, one for each placement of the pools that the backbone has.</summary>
    public required IReadOnlyList<(string Word, Placement Placement)> Words { get; init; }

    /// <summary>Places for pools, each with a digit of the label.</summary>
    public required int Places { get; init; }

    /// <summary>Means of windows of side 3 at step 1, which do not shrink a map: places for pools as well, each with a digit behind the strides, if there are any.</summary>
    public int Means { get; init; }

    /// <summary>Whether its stem down-samples, so that a prepool can take its place.</summary>
    public bool HasStem { get; init; } = true;

    /// <summary>Heads of self-attentive pooling in the first place; their number doubles from place to place.</summary>
    public required int Heads { get; init; }

    /// <summary>Sides of the patches of self-attentive pooling in each place, for every schedule that is made for the backbone; 0 where it has no pool.</summary>
    public required IReadOnlyDictionary<PatchSchedule, IReadOnlyList<int>> Patches { get; init; }

    /// <summary>Factors that the numbers of channels may be multiplied by.</summary>
    public required (double Least, double Most) Widths { get; init; }

    /// <summary>Makes the backbone of an architecture at a width.</summary>
    public required Func<Architecture, double, Backbone> Backbone { get; init; }

    /// <summary>Makes the modules from the last map to logits, of so many channels and classes.</summary>
    public required Func<int, int, IReadOnlyList<(string Name, Module Module)>> Head { get; init; }

    /// <summary>Sets the start values of a whole network where they are not PyTorch's default, those of its pools included.</summary>
    public required Action<Module> Start { get; init; }

    /// <summary>Finds a backbone by its word.</summary>
    /// <exception cref="ArchitectureException">None has this word; the message lists those that do.</exception>
    public static (BackboneFamily Family, Placement Placement) Parse(string word)
    {
        foreach (BackboneFamily family in All)
        {
            foreach ((string known, Placement placement) in family.Words)
            {
                if (known == word)
                    return (family, placement);
            }
        }
        throw new ArchitectureException($"unknown backbone '{word}'; known are {string.Join(", ", All.SelectMany(family => family.Words).Select(known => known.Word))}");
    }

    /// <summary>The word, for example <c>mobilenet_v2</c> for MobileNetV2 with the pools inside the stages.</summary>
    public string Word(Placement placement) => Words.First(entry => entry.Placement == placement).Word;

    /// <summary>The pool of a place, counted from 0; null where the stride is 1, or where convolutions carry it.</summary>
    /// <param name="architecture">Method and strides.</param>
    /// <param name="place">Number of the place.</param>
    /// <param name="channels">Channels of the map that is pooled.</param>
    /// <param name="own">Window of the network's own pool, see <see cref="PoolingSite.Own"/>; null where its side is the stride.</param>
    public Module? Pool(Architecture architecture, int place, int channels, Window? own = null)
    {
        int stride = architecture.Strides[place];
        return stride == 1 || architecture.Pooling.Method.IsStrided ? null : Create(architecture.Pooling, place, channels, stride, own);
    }

    /// <summary>What the label puts where the network has a mean of step 1, counted from 0; null where it is nothing, as convolutions carry the strides.</summary>
    /// <param name="architecture">Method and sides.</param>
    /// <param name="mean">Number of the mean.</param>
    /// <param name="place">Number of the place whose map it reads, for heads and patches.</param>
    /// <param name="channels">Channels of the map.</param>
    /// <param name="own">The network's own window.</param>
    public Module? Mean(Architecture architecture, int mean, int place, int channels, Window own)
    {
        if (architecture.Sides.Count == 0 || architecture.Sides[mean] == 1)
            return new AveragePool(own);
        return architecture.Pooling.Method.IsStrided ? null : Create(architecture.Pooling, place, channels, 1, own);
    }

    private Module Create(PoolingChoice choice, int place, int channels, int stride, Window? own) =>
        choice.Method.Create(choice.Site(channels, stride, Patches[choice.Patches][place], Heads << place) with { Own = own });
}
