using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>
/// From a picture with objects of any size to numbers and boxes for a detector, in this order: expand, crop, resize, flip, distort colours, normalise; a batch then pads.
/// What is left out is not done.
/// </summary>
/// <param name="Resize">How large it becomes.</param>
/// <param name="Normalisation">Colour map.</param>
public sealed record DetectionTransform(Resizing Resize, Normalisation Normalisation)
{
    private static readonly GroundColour MeanColour = new(123, 116, 103);

    /// <summary>A larger ground around the picture.</summary>
    public Expansion? Expand { get; init; }

    /// <summary>A part of the picture.</summary>
    public OverlapCrop? Crop { get; init; }

    /// <summary>Whether left and right are exchanged with probability 1/2.</summary>
    public bool Flip { get; init; }

    /// <summary>Whether the colours are distorted; see <see cref="ColourDistortion"/>.</summary>
    public bool DistortColours { get; init; }

    /// <summary>Rows and columns are padded to multiples of this, at the right and below, with 0 after the normalisation.</summary>
    public int Divisor { get; init; } = 1;

    /// <summary>For testing: nothing random.</summary>
    public DetectionTransform Evaluation => new(Resize is RandomResizing { Most: var side } ? new ProportionalResizing(side, side) : Resize, Normalisation) { Divisor = Divisor };

    /// <summary>Whether all inputs have one size, so that a batch needs no padding.</summary>
    public bool IsExact => Resize is ExactResizing;

    /// <summary>Shape of the largest input: (1, rows, columns, 3).</summary>
    internal Shape Largest => new(1, Padded(Resize.Largest.Height), Padded(Resize.Largest.Width), 3);

    /// <summary>The released recipe of SSD, for inputs of this side.</summary>
    public static DetectionTransform Ssd(int side) => new(new ExactResizing(side, side), Normalisation.ImageNet)
    {
        Expand = new Expansion(4, MeanColour),
        Crop = new OverlapCrop(0.1, 0.3, 0.5, 0.7, 0.9),
        Flip = true,
        DistortColours = true,
    };

    /// <summary>The released recipe of Faster R-CNN, which has sides of at most 1,333 and 800.</summary>
    public static DetectionTransform FasterRcnn(int longSide = 1333, int shortSide = 800) =>
        new(new ProportionalResizing(longSide, shortSide), Normalisation.ImageNet) { Flip = true, Divisor = 32 };

    /// <summary>The released recipe of YOLOv3, for sides from <paramref name="least"/> to <paramref name="most"/>; it has those of 320 to 608.</summary>
    public static DetectionTransform YoloV3(int least = 320, int most = 608) => new(new RandomResizing(least, most), Normalisation.None)
    {
        Expand = new Expansion(2, default),
        Crop = new OverlapCrop(0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
        Flip = true,
        DistortColours = true,
        Divisor = 32,
    };

    /// <summary>Decides all but the colours: what is shown, how large, and where the objects then are.</summary>
    internal FramedScene Frame(Scene scene, IRandomDraws draws)
    {
        scene = Expand?.Apply(scene, draws) ?? scene;
        scene = Crop?.Apply(scene, draws) ?? scene;
        (int width, int height) = Resize.Choose(scene.Width, scene.Height, draws);
        return FramedScene.Of(scene, width, height, Flip && draws.Next(2) == 1);
    }

    /// <summary>Writes the pixels of a picture that was framed, a row every <paramref name="stride"/> numbers.</summary>
    internal void Sample(RgbImage image, FramedScene framed, IRandomDraws draws, Span<float> target, int stride)
    {
        PictureFrame frame = framed.Frame;
        SceneSampler.Sample(image, framed.Scene, frame.Width, frame.Height, framed.IsFlipped, Expand?.Ground ?? default, target, stride);
        ColourDistortion? distortion = DistortColours ? new ColourDistortion(draws) : null;
        for (int y = 0; y < frame.Height; y++)
        {
            Span<float> row = target.Slice(stride * y, 3 * frame.Width);
            distortion?.Apply(row);
            Normalise(row);
        }
    }

    /// <summary>A side with its padding.</summary>
    internal int Padded(int side) => (side + Divisor - 1) / Divisor * Divisor;

    private void Normalise(Span<float> row)
    {
        Normalisation n = Normalisation;
        (float red, float green, float blue) = (1 / (255 * n.DeviationRed), 1 / (255 * n.DeviationGreen), 1 / (255 * n.DeviationBlue));
        (float shiftRed, float shiftGreen, float shiftBlue) = (-n.MeanRed / n.DeviationRed, -n.MeanGreen / n.DeviationGreen, -n.MeanBlue / n.DeviationBlue);
        for (int i = 0; i < row.Length; i += 3)
        {
            Span<float> pixel = row.Slice(i, 3);
            (pixel[0], pixel[1], pixel[2]) = (pixel[0] * red + shiftRed, pixel[1] * green + shiftGreen, pixel[2] * blue + shiftBlue);
        }
    }
}

/// <summary>A window over a picture, the size that it gets, and where its objects then are.</summary>
/// <param name="Scene">The window.</param>
/// <param name="Frame">Its size as an input.</param>
/// <param name="IsFlipped">Whether left and right are exchanged.</param>
/// <param name="Objects">The objects in pixels of the input, within it.</param>
internal sealed record FramedScene(Scene Scene, PictureFrame Frame, bool IsFlipped, IReadOnlyList<LabelledBox> Objects)
{
    /// <summary>Moves the objects along.</summary>
    public static FramedScene Of(Scene scene, int width, int height, bool flip)
    {
        var frame = new PictureFrame(width, height, (float)((double)width / scene.Width), (float)((double)height / scene.Height));
        return new FramedScene(scene, frame, flip, [.. scene.Objects.Select(item => item with { Box = Moved(item.Box, frame, flip) })]);
    }

    private static Box Moved(Box box, PictureFrame frame, bool flip)
    {
        Box scaled = box.Scaled(frame.ScaleX, frame.ScaleY).ClippedTo(frame.Width, frame.Height);
        return flip ? scaled with { X1 = frame.Width - scaled.X2, X2 = frame.Width - scaled.X1 } : scaled;
    }
}
