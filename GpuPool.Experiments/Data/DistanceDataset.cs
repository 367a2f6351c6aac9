using System.Globalization;

namespace GpuPool.Experiments.Data;

/// <summary>
/// Generated pictures whose class is a relation over a given distance: a red square of 4 pixels and a blue one, <see cref="Distance"/> pixels below it, and either
/// exactly below it or 6 pixels aside.
/// </summary>
/// <remarks>
/// Everything else is alike in both classes: ground and noise, and each square for itself stands at any place as often in either, since the middle of the two
/// columns, plus or minus 3, is the column of each. So neither a square nor the set of both tells anything, only how the one lies to the other.
/// Picture i has class i mod 2. Everything is integer arithmetic on Philox draws, so the bytes are the same on every machine.
/// </remarks>
public sealed class DistanceDataset : IDataset
{
    /// <summary>Rows and columns of each picture.</summary>
    public const int Side = 32;

    /// <summary>Smallest distance, at which the squares touch, and the largest.</summary>
    public const int Least = Square, Most = Side - Square;

    private const ulong Seed = 0xD157A9CE;
    private const int Square = 4, Shift = 3, TrainCount = 5000, TestCount = 2000;

    private static readonly SyntheticImage.Colour _red = new(220, 60, 50), _blue = new(60, 90, 220);

    private readonly uint _stream;

    private DistanceDataset(int distance, string split, uint stream, int count) =>
        (Distance, Name, _stream, Count) = (distance, string.Create(CultureInfo.InvariantCulture, $"distance {distance} {split}"), stream, count);

    /// <summary>Rows from the first square to the second.</summary>
    public int Distance { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; } = ["aligned", "shifted"];

    /// <summary>1: the distance is that of the whole picture.</summary>
    public double MinimumCropScale => 1;

    /// <summary>Both splits, 5,000 pictures to learn from and 2,000 others.</summary>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: the squares would overlap, or not both be in the picture.</exception>
    public static DatasetSplits Open(int distance) => distance is >= Least and <= Most
        ? new DatasetSplits(new DistanceDataset(distance, "train", 0, TrainCount), new DistanceDataset(distance, "test", 1, TestCount))
        : throw new GpuPoolException(
            ExitCode.Configuration, $"there are no pictures with a distance of {distance} pixels", $"Give a distance from {Least} to {Most}.");

    /// <inheritdoc/>
    public int Label(int index) => index % ClassNames.Count;

    /// <inheritdoc/>
    public RgbImage Image(int index)
    {
        // The distance is in the key: another one has other pictures.
        var random = new RandomSequence(Seed, _stream, (uint)Distance, (uint)index);
        byte[] pixels = new byte[3 * Side * Side];
        SyntheticImage.Background(pixels, Side, ref random);
        int upper = random.Next(Side - Square - Distance + 1), middle = random.Next(Shift, Side - Square - Shift + 1), sign = random.Next(2) == 0 ? 1 : -1;
        Fill(pixels, middle + sign * Shift, upper, _red);
        Fill(pixels, Label(index) == 0 ? middle + sign * Shift : middle - sign * Shift, upper + Distance, _blue);
        SyntheticImage.AddNoise(pixels, ref random);
        return new RgbImage(pixels, Side, Side);
    }

    private static void Fill(byte[] pixels, int left, int top, SyntheticImage.Colour colour)
    {
        for (int y = top; y < top + Square; y++)
        {
            for (int i = 3 * (y * Side + left), end = i + 3 * Square; i < end; i += 3)
                (pixels[i], pixels[i + 1], pixels[i + 2]) = ((byte)colour.Red, (byte)colour.Green, (byte)colour.Blue);
        }
    }
}
