using GpuPool.Kernels;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Backbones;

/// <summary>
/// Inception v3 (Szegedy et al., 2016; sizes and names of torchvision, without the auxiliary classifier), its four max pools replaced by a pooling method: the two
/// between the first convolutions, and those of the blocks 6a and 7a, where the convolutions beside a pool take its stride. The means of 3x3 pixels within the other nine
/// blocks have step 1: each is replaced where the label says so.
/// </summary>
public sealed class InceptionV3 : Backbone
{
    private const int Side = 3, StemStride = 2;

    private static readonly Window _pixel = new(1), _square = new(3, 1, 1), _large = new(5, 1, 2);
    private static readonly Window _row = new((1, 7), padding: (0, 3)), _column = new((7, 1), padding: (3, 0));
    private static readonly Window _shortRow = new((1, 3), padding: (0, 1)), _shortColumn = new((3, 1), padding: (1, 0));

    private readonly Architecture _architecture;
    private readonly double _width;
    private int _channels = Network.ImageChannels;

    /// <summary>A backbone without memory. Its stages end before the next pool.</summary>
    /// <param name="architecture">
    /// Strides and pooling. Where convolutions carry a stride they are those before the pool; in a block a 1x1 one stands in its place.
    /// </param>
    /// <param name="width">Factor of all numbers of channels, which stay multiples of 8.</param>
    public InceptionV3(Architecture architecture, double width)
    {
        (_architecture, _width) = (architecture, width);
        int stride = architecture.Prepool?.Stride ?? StemStride;
        AppendConvolution("Conv2d_1a_3x3", 32, new Window(Side, architecture.Prepool is null ? StemStride : 1));
        if (architecture.Prepool is { } prepool)
            Append("pool", prepool.Pooling.Method.Create(prepool.Pooling.Prepool(_channels, prepool.Stride)));
        AppendConvolution("Conv2d_2a_3x3", 32, new Window(Side));
        AppendPooled("Conv2d_2b_3x3", 64, padding: 1, "maxpool1", place: 0);
        EndStage("Conv2d_2b_3x3", stride *= architecture.Strides[0], _channels);
        AppendConvolution("Conv2d_3b_1x1", 80, _pixel);
        AppendPooled("Conv2d_4a_3x3", 192, padding: 0, "maxpool2", place: 1);
        AppendBlock("Mixed_5b", Small(32, mean: 0));
        AppendBlock("Mixed_5c", Small(64, mean: 1));
        AppendBlock("Mixed_5d", Small(64, mean: 2));
        EndStage("Mixed_5d", stride *= architecture.Strides[1], _channels);
        AppendBlock("Mixed_6a", FirstReduction());
        AppendBlock("Mixed_6b", Factored(128, mean: 3));
        AppendBlock("Mixed_6c", Factored(160, mean: 4));
        AppendBlock("Mixed_6d", Factored(160, mean: 5));
        AppendBlock("Mixed_6e", Factored(192, mean: 6));
        EndStage("Mixed_6e", stride *= architecture.Strides[2], _channels);
        AppendBlock("Mixed_7a", SecondReduction());
        AppendBlock("Mixed_7b", Forked(mean: 7));
        AppendBlock("Mixed_7c", Forked(mean: 8));
        EndStage("Mixed_7c", stride * architecture.Strides[3], _channels);
    }

    /// <summary>The word <c>inception_v3</c>.</summary>
    public static BackboneFamily Family { get; } = new()
    {
        Words = [("inception_v3", Placement.Outer)],
        Places = 4,
        Means = 9,
        Heads = 4,
        Patches = new Dictionary<PatchSchedule, IReadOnlyList<int>>
        {
            [PatchSchedule.Pixel] = [1, 1, 1, 1],
            [PatchSchedule.Reduced] = [4, 2, 1, 1],
        },
        Widths = (0.05, 8),
        Backbone = (architecture, width) => new InceptionV3(architecture, width),
        Head = (channels, classes) => [("avgpool", new GlobalAveragePoolLayer()), ("dropout", new DropoutLayer(0.5)), ("fc", new LinearLayer(channels, classes))],
        // torchvision cuts the normal distribution at 20 deviations.
        Start = network => network.StartConvolutions(_ => Distribution.Normal(0.1)).StartLinear(Distribution.Normal(0.1)),
    };

    // A branch behind a mean, or the pool in its place; torchvision counts the padding.
    private InceptionBranch MeanBranch(int channels, int place, int mean) => new(new InceptionConvolution("branch_pool", channels, _pixel))
    {
        Entry = Family.Mean(_architecture, mean, place, _channels, _square) is { } module ? ("mean", module) : null,
    };

    private void AppendConvolution(string name, int channels, Window window)
    {
        int outputs = Widths.Channels(channels, _width);
        Append(name, InceptionBlock.Convolution(_channels, outputs, window));
        _channels = outputs;
    }

    private void AppendPooled(string name, int channels, int padding, string poolName, int place)
    {
        Module? pool = Pool(place, Widths.Channels(channels, _width));
        AppendConvolution(name, channels, new Window(Side, pool is null ? _architecture.Strides[place] : 1, padding));
        if (pool is not null)
            Append(poolName, pool);
    }

    private void AppendBlock(string name, IReadOnlyList<InceptionBranch> branches)
    {
        var block = new InceptionBlock(_channels, branches, _width);
        Append(name, block);
        _channels = block.Channels;
    }

    private Module? Pool(int place, int channels) => Family.Pool(_architecture, place, channels, new Window(Side, _architecture.Strides[place]));

    private IReadOnlyList<InceptionBranch> Small(int pooled, int mean) =>
    [
        new(new InceptionConvolution("branch1x1", 64, _pixel)),
        new(new("branch5x5_1", 48, _pixel), new("branch5x5_2", 64, _large)),
        new(new("branch3x3dbl_1", 64, _pixel), new("branch3x3dbl_2", 96, _square), new("branch3x3dbl_3", 96, _square)),
        MeanBranch(pooled, place: 1, mean),
    ];

    private IReadOnlyList<InceptionBranch> Factored(int hidden, int mean) =>
    [
        new(new InceptionConvolution("branch1x1", 192, _pixel)),
        new(new("branch7x7_1", hidden, _pixel), new("branch7x7_2", hidden, _row), new("branch7x7_3", 192, _column)),
        new(
            new("branch7x7dbl_1", hidden, _pixel), new("branch7x7dbl_2", hidden, _column), new("branch7x7dbl_3", hidden, _row),
            new("branch7x7dbl_4", hidden, _column), new("branch7x7dbl_5", 192, _row)),
        MeanBranch(192, place: 2, mean),
    ];

    private IReadOnlyList<InceptionBranch> Forked(int mean) =>
    [
        new(new InceptionConvolution("branch1x1", 320, _pixel)),
        new(new InceptionConvolution("branch3x3_1", 384, _pixel)) { Fork = [new("branch3x3_2a", 384, _shortRow), new("branch3x3_2b", 384, _shortColumn)] },
        new(new("branch3x3dbl_1", 448, _pixel), new("branch3x3dbl_2", 384, _square))
        {
            Fork = [new("branch3x3dbl_3a", 384, _shortRow), new("branch3x3dbl_3b", 384, _shortColumn)],
        },
        MeanBranch(192, place: 3, mean),
    ];

    private IReadOnlyList<InceptionBranch> FirstReduction() =>
    [
        new(new InceptionConvolution("branch3x3", 384, Reduction(place: 2))),
        new(new("branch3x3dbl_1", 64, _pixel), new("branch3x3dbl_2", 96, _square), new("branch3x3dbl_3", 96, Reduction(place: 2))),
        PoolBranch(place: 2),
    ];

    private IReadOnlyList<InceptionBranch> SecondReduction() =>
    [
        new(new("branch3x3_1", 192, _pixel), new("branch3x3_2", 320, Reduction(place: 3))),
        new(
            new("branch7x7x3_1", 192, _pixel), new("branch7x7x3_2", 192, _row), new("branch7x7x3_3", 192, _column),
            new("branch7x7x3_4", 192, Reduction(place: 3))),
        PoolBranch(place: 3),
    ];

    // With stride 1 nothing is to shrink, the border included.
    private Window Reduction(int place) => new(Side, _architecture.Strides[place], _architecture.Strides[place] == 1 ? 1 : 0);

    private InceptionBranch PoolBranch(int place)
    {
        int stride = _architecture.Strides[place];
        Module? module = Pool(place, _channels) ?? (stride == 1 ? null : InceptionBlock.Convolution(_channels, _channels, new Window(1, stride)));
        return new InceptionBranch() { Entry = module is null ? null : ("branch_pool", module) };
    }
}
