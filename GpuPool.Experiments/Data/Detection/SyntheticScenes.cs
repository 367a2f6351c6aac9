using System.Globalization;
using GpuPool.Experiments.Data.Coco;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>The generated set for detectors: discs, squares and triangles of three sizes on sloping ground, several in a picture, among lines that mean nothing.</summary>
/// <remarks>
/// Pictures are 320 x 320, so that COCO's limits of area fall as they do on COCO's pictures for a network of that size: a picture has one small object or two (sides of
/// 16 to 31 pixels), one medium one or two (36 to 95) and, mostly, a large one (100 to 150). Classes are drawn one by one, so what a picture shows says nothing of what a
/// box holds. A shape has its own hue in 60 % of the cases. Everything is integer arithmetic on Philox draws, so the bytes are the same on every machine.
/// </remarks>
public sealed class SyntheticScenes : IDetectionDataset
{
    /// <summary>Rows and columns of each picture.</summary>
    public const int Side = 320;

    // Not the user's seed: the data set is the same in all runs.
    private const ulong Seed = 0x5E1FB0C5;
    private const int TrainCount = 2000, TestCount = 500;

    private readonly uint _stream;

    private SyntheticScenes(string name, uint stream, int count, IReadOnlyList<string> classes) => (Name, _stream, Count, ClassNames) = (name, stream, count, classes);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Both splits: 2,000 pictures to learn from and 500 others.</summary>
    /// <param name="classes">The classes that have boxes; all by default.</param>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: a class is not among <c>disc</c>, <c>square</c> and <c>triangle</c>.</exception>
    public static DetectionSplits Open(IReadOnlyList<string>? classes = null)
    {
        IReadOnlyList<string> names = classes ?? SyntheticScene.Shapes;
        ClassList.Check(names, SyntheticScene.Shapes, "the generated set", Reading.Strict);
        return new DetectionSplits(new SyntheticScenes("synthetic train", 0, TrainCount, names), new SyntheticScenes("synthetic test", 1, TestCount, names));
    }

    /// <inheritdoc/>
    public AnnotatedPicture Picture(int index) => new(index + 1, string.Create(CultureInfo.InvariantCulture, $"{index + 1:D6}.png"), Side, Side, [
        .. from shape in Scene(index).Objects
           let label = Label(shape.Class)
           where label >= 0
           select new AnnotatedObject(new CocoBox(shape.Left, shape.Top, shape.Width, shape.Height), label, shape.Width * shape.Height),
    ]);

    /// <inheritdoc/>
    public RgbImage Image(int index) => Scene(index).Draw();

    private int Label(int shape) => ClassNames.Index().Where(name => name.Item == SyntheticScene.Shapes[shape]).Select(name => name.Index).DefaultIfEmpty(-1).First();

    private SyntheticScene Scene(int index) => new(Side, new RandomSequence(Seed, _stream, 0, (uint)index));
}
