using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>An input of an op.</summary>
public readonly record struct OpInput(Shape Shape, double[] Values);

/// <summary>An op and inputs that fit it. Some ops hold arrays, which must be of the element type and on the device.</summary>
public sealed record OpSample(Func<Device, DType, Op> Op, params OpInput[] Inputs);

/// <summary>Draws shapes and values for an op: the same number, the same draw.</summary>
public sealed class OpDraw(int number)
{
    // Elements of a map: enough for two tiles of any host body.
    private const int MostElements = 20_000;

    private readonly Random _random = new(number);

    public int Below(int bound) => _random.Next(bound);

    public bool Coin() => _random.Next(2) == 0;

    public T Choose<T>(params T[] options) => options[_random.Next(options.Length)];

    public T Choose<T>() where T : struct, Enum => Choose(Enum.GetValues<T>());

    /// <summary>An extent of at most this: tiny; one below, at or one above a threshold; or large and odd.</summary>
    public int Extent(int most, params int[] thresholds)
    {
        int[] reached = [.. thresholds.Where(threshold => threshold <= most)];
        int kind = Below(reached.Length > 0 ? 4 : 2);
        int extent = kind switch
        {
            0 => 1 + Below(9),
            1 => 1 + Below(Math.Max(1, most)) | 1,
            _ => Choose(reached) + Below(3) - 1,
        };
        return Math.Clamp(extent, 1, Math.Max(1, most));
    }

    /// <summary>This many extents whose product is the count, or, half of the time, close to it and as uneven as may be.</summary>
    public int[] Split(int count, int parts)
    {
        int[] extents = new int[parts];
        for (int part = 0; part < parts - 1; part++)
        {
            int[] divisors = [.. Enumerable.Range(1, Math.Min(count, 64)).Where(candidate => count % candidate == 0)];
            extents[part] = Coin() ? Choose(divisors) : 1 + Below(Math.Min(count, 40));
            count /= extents[part];
        }
        extents[^1] = Math.Max(1, count);
        _random.Shuffle(extents);
        return extents;
    }

    /// <summary>A shape of one to four axes around the tiles of elements.</summary>
    public Shape Elements() => new(Split(Extent(MostElements, 8192, 16384), 1 + Below(4)));

    /// <summary>Rows of channels around the blocks of rows, of one to three axes before the channels.</summary>
    public Shape Rows(int most = MostElements)
    {
        int channels = Extent(Math.Min(most, 300), 4, 8, 16, 32, 64);
        return new([.. Split(Extent(most / channels, 32, 64, 2048, 16384 / channels), 1 + Below(3)), channels]);
    }

    /// <summary>A map (N, H, W, C), with rows around the blocks of rows.</summary>
    public Shape Map(int most = MostElements)
    {
        int channels = Extent(Math.Min(most, 300), 4, 8, 16, 32, 64);
        return new([.. Split(Extent(most / channels, 32, 64, 2048, 16384 / channels), 3), channels]);
    }

    /// <summary>A map (1, H, W, C), with pixels around one and two blocks of so many.</summary>
    public Shape Image(int block)
    {
        int channels = Extent(MostElements / (2 * block), 1, 2);
        return new([1, .. Split(Extent(MostElements / channels, block, 2 * block), 2), channels]);
    }

    /// <summary>A window whose every place holds some of the map, as pools want it, and such a map.</summary>
    public (Window Window, Shape Map) Pool()
    {
        Axes size = Axes(() => Choose(1, 2, 2, 3, 3, 4, 5));
        var window = new Window(size, Axes(() => 1 + Below(4)), new Axes(Below(size.Height), Below(size.Width)));
        return (window, AtLeast(window, Map(8_000)));
    }

    /// <summary>The window, map and output channels of a convolution of at most this many multiply-adds.</summary>
    public (Window Window, Shape Map, int Outputs) Convolution(int most, bool depthwise)
    {
        var window = new Window(Axes(() => Choose(1, 1, 2, 3, 3, 3, 4, 5, 7)), Axes(() => 1 + Below(3)));
        window = new Window(window.Size, window.Stride, new Axes(Below(window.Size.Height + 1), Below(window.Size.Width + 1)))
        {
            Dilation = depthwise ? 1 : Axes(() => Choose(1, 1, 1, 2, 3)),
        };
        int budget = most / window.Size.Area, pixels = 1, channels = 1, outputs = 1;
        // What is drawn first may be large, and leaves little to the rest.
        foreach (int extent in Choose<int[]>([0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]))
        {
            if (extent == 0)
                budget /= pixels = Extent(Math.Min(budget, 3_000), 32, 48, 96, 160, 512, 768, 1_024, 2_048);
            else if (extent == 1)
                budget /= channels = Extent(Math.Min(budget, 600), 8, 16, 32, 64, 160, 256);
            else if (!depthwise)
                budget /= outputs = Extent(Math.Min(budget, 300), 8, 16, 32, 64, 128);
        }
        // Grids of target pixels with this stride, of which the last is cut off by some.
        int[] grid = Split(pixels, 3);
        int Side(int cells, int stride) => Math.Max(1, cells * stride - Below(stride));
        Shape map = AtLeast(window, new Shape(grid[0], Side(grid[1], window.Stride.Height), Side(grid[2], window.Stride.Width), channels));
        // Padding can make many pixels of few.
        long products = (long)window.Output("", map, depthwise ? channels : outputs).Count * window.Size.Area * (depthwise ? 1 : channels);
        return products <= 2 * most ? (window, map, outputs) : Convolution(most, depthwise);
    }

    private Axes Axes(Func<int> draw) => Below(3) > 0 ? draw() : (draw(), draw());

    private static Shape AtLeast(Window window, Shape map) =>
        new(map[0], Math.Max(map[1], window.Reach.Height - 2 * window.Padding.Height), Math.Max(map[2], window.Reach.Width - 2 * window.Padding.Width), map[3]);

    /// <summary>Normal deviates.</summary>
    public OpInput Normal(Shape shape, double mean = 0, double deviation = 1) => new(shape, Draw.Normal(shape.Count, _random.Next(), mean, deviation));

    /// <summary>An op without arrays, with inputs of normal deviates.</summary>
    public OpSample Sample(Op op, params Shape[] inputs) => new((_, _) => op, [.. inputs.Select(shape => Normal(shape))]);
}
