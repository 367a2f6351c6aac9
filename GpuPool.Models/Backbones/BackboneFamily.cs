using GpuPool.Kernels;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Backbones;

/// <summary>A kind of backbone as data: its words in labels, its places for pools, how it is made and started. Each stands in the file of its backbone.</summary>
public sealed record BackboneFamily
{
    /// <summary>The known ones, in the order in which messages list their words.</summary>
    public static IReadOnlyList<BackboneFamily> All => [ResNet18.Family, MobileNetV2.Family, Vgg16.Family, DenseNet121.Family, InceptionV3.Family];

    /// <summary>The words of architecture labels, one for each placement of the pools that the backbone has.</summary>
    public required IReadOnlyList<(string Word, Placement Placement)> Words { get; init; }

    /// <summary>Places for pools, each with a digit of the label.</summary>
    public required int Places { get; init; }

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
        (PoolingChoice choice, int stride) = (architecture.Pooling, architecture.Strides[place]);
        return stride == 1 || choice.Method.IsStrided
            ? null
            : choice.Method.Create(choice.Site(channels, stride, Patches[choice.Patches][place], Heads << place) with { Own = own });
    }
}
