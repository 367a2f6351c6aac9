namespace GpuPool.Experiments.Data;

/// <summary>
/// The default data set: generated pictures of STL-10's size and number of classes, whose class only shows when two far-apart parts are seen
/// together.
/// </summary>
/// <remarks>
/// Two textured discs lie on opposite sides, one clearly above the other. The five textures stand in a ring, and the discs always bear two neighbours
/// of it: five pairs, and each pair in two orders, upper disc first, makes ten classes. One disc alone leaves four classes open; both textures, but
/// not how the discs lie to each other, leave two. So a network must keep fine texture through its pooling and relate places that are far apart.
/// Hints of colour (a texture has its own hue in 68 % of the discs) let the loss fall within some dozen steps. Plain discs of any hue, a sloping
/// background and noise distract. Exchanging left and right keeps the class; crops must keep most of the picture, see <see cref="MinimumCropScale"/>.
/// A plain network of four convolutions (80,000 parameters, batch 8, rate 0.01) reached 56 % of the test pictures after one epoch and 82 % after four.
/// Picture i has class i mod 10. The first thousand are kept once drawn, so that small experiments do not draw them in every epoch.
/// Everything is integer arithmetic on Philox draws, so the bytes are the same on every machine.
/// </remarks>
public sealed class SyntheticDataset : IDataset
{
    /// <summary>Rows and columns of each picture.</summary>
    public const int Side = 96;

    // Not the user's seed: the data set is the same in all runs.
    private const ulong Seed = 0x5E1FA77E;
    private const int TrainCount = 5000, TestCount = 2000, KeptCount = 1000, Textures = SyntheticImage.Textures;

    private readonly uint _stream;
    private readonly RgbImage?[] _kept = new RgbImage?[KeptCount];

    private SyntheticDataset(string name, uint stream, int count) => (Name, _stream, Count) = (name, stream, count);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; } =
        [.. Enumerable.Range(0, 2 * Textures).Select(label => $"{Upper(label)} above {Lower(label)}".ToLowerInvariant())];

    /// <summary>0.6: smaller crops would often cut one of the discs off.</summary>
    public double MinimumCropScale => 0.6;

    /// <summary>The training split, 5,000 pictures.</summary>
    public static SyntheticDataset Train() => new("synthetic train", stream: 0, TrainCount);

    /// <summary>The test split, 2,000 other pictures.</summary>
    public static SyntheticDataset Test() => new("synthetic test", stream: 1, TestCount);

    /// <inheritdoc/>
    public int Label(int index) => index % (2 * Textures);

    /// <inheritdoc/>
    public RgbImage Image(int index) => index >= KeptCount ? Draw(index) : Volatile.Read(ref _kept[index]) ?? (_kept[index] = Draw(index));

    private RgbImage Draw(int index) =>
        SyntheticImage.Draw(Side, Upper(Label(index)), Lower(Label(index)), new RandomSequence(Seed, _stream, 0, (uint)index));

    // Labels below five have the pair in the order of the ring, the others in the opposite order.
    private static Texture Upper(int label) => label < Textures ? Ring(label) : Ring(label + 1);

    private static Texture Lower(int label) => label < Textures ? Ring(label + 1) : Ring(label);

    private static Texture Ring(int place) => (Texture)(place % Textures);
}
