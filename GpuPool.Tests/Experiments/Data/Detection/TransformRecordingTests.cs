using System.Text.Json;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;
using GpuPool.Models.Detection;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Experiments.Data.Detection;

/// <summary>Pictures as mmdetection and OpenCV changed them, with the numbers that they drew.</summary>
public sealed class TransformRecordingTests
{
    [Test]
    public void Sizes()
    {
        SafetensorsFile file = Read("resize-sizes");
        foreach (int[] row in file.Integers("rows").Select(value => (int)value).Chunk(8))
            Assert.That(new ProportionalResizing(row[2], row[3]).Choose(row[0], row[1], null!), Is.EqualTo((row[4], row[5])));
    }

    [TestCase("down")]
    [TestCase("up")]
    [TestCase("mixed")]
    public void Bilinear_interpolation(string name)
    {
        SafetensorsFile file = Read("resize-bilinear");
        Shape shape = file.Entries[$"uint8.{name}"].Shape;
        RgbImage input = Image(file, "input");
        float[] ours = new float[shape.Count];
        SceneSampler.Sample(input, new Scene(0, 0, input.Width, input.Height, []), shape[1], shape[0], flip: false, default, ours, 3 * shape[1]);
        Assert.That(Largest(Swapped(ours), file.Doubles($"uint8.{name}")), Is.NoMoreThan(1));
        Assert.That(Largest(Swapped(ours), file.Doubles($"float.{name}")), Is.NoMoreThan(1e-3));
    }

    [Test]
    public void Hue_saturation_and_value()
    {
        SafetensorsFile file = Read("hsv");
        foreach ((double[] bgr, double[] hsv, double[] back) in file.Doubles("bgr").Chunk(3).Zip(file.Doubles("hsv").Chunk(3), file.Doubles("back").Chunk(3)))
        {
            var ours = HueSaturationValue.Of((float)bgr[2], (float)bgr[1], (float)bgr[0]);
            Assert.That(new[] { ours.Hue, ours.Saturation, ours.Value }, Is.EqualTo(hsv).Within(1e-4));
            (float red, float green, float blue) = ours.ToColours();
            Assert.That(new[] { blue, green, red }, Is.EqualTo(back).Within(1e-3));
        }
    }

    [Test]
    public void Distorted_colours([Range(0, 4)] int number)
    {
        SafetensorsFile file = Read($"photometric-{number}");
        float[] pixels = Swapped(file.Doubles("input"));
        new ColourDistortion(Draws(file)).Apply(pixels);
        Assert.That(Largest(Swapped(pixels), file.Doubles("output")), Is.NoMoreThan(1e-3 * 255));
    }

    [Test]
    public void A_picture_in_training([Range(0, 4)] int number)
    {
        SafetensorsFile file = Read($"ssd-train-{number}");
        var draws = Draws(file);
        draws.Insert(int.Parse(file.Metadata["draws_expand"]) + int.Parse(file.Metadata["draws_crop"]), file.Metadata["flip"] == "true" ? 1 : 0);
        DetectionTransform recipe = DetectionTransform.Ssd(32);
        RgbImage input = Image(file, "input");
        LabelledBox[] objects = Boxes(file, "gt", "labels");

        FramedScene framed = recipe.Frame(new Scene(0, 0, input.Width, input.Height, objects), draws);
        int[] cropped = JsonSerializer.Deserialize<int[]>(file.Metadata["cropped_size"])!;
        Assert.That((framed.Scene.Height, framed.Scene.Width, framed.IsFlipped), Is.EqualTo((cropped[0], cropped[1], file.Metadata["flip"] == "true")));
        Assert.That(framed.Scene.Objects, Is.EqualTo(Boxes(file, "cropped_gt", "cropped_labels")));
        Assert.That(framed.Objects.Select(item => item.Label), Is.EqualTo(file.Integers("cropped_labels")));
        Assert.That(framed.Objects.SelectMany(item => Sides(item.Box)), Is.EqualTo(file.Doubles("final_gt")).Within(1e-4));

        // It was recorded behind the flip.
        float[] resized = new float[3 * 32 * 32];
        SceneSampler.Sample(input, framed.Scene, 32, 32, framed.IsFlipped, recipe.Expand!.Ground, resized, 3 * 32);
        Assert.That(Largest(Swapped(resized), file.Doubles("resized")), Is.NoMoreThan(1));

        float[] output = new float[3 * 32 * 32];
        RgbImage exact = Image(file, "resized");
        FramedScene whole = FramedScene.Of(new Scene(0, 0, 32, 32, []), 32, 32, flip: false);
        recipe.Sample(exact, whole, draws, output, 3 * 32);
        Assert.That(Largest(output, file.Doubles("output")), Is.NoMoreThan(1e-3 * 255 / 58));
        Assert.That(draws.Left, Is.Zero);
    }

    private static SafetensorsFile Read(string name) => SafetensorsFile.Read(Shared.Require($"golden/detection/pipeline/{name}.safetensors"));

    private static double Largest(IEnumerable<float> ours, IEnumerable<double> recorded) => ours.Zip(recorded, (left, right) => Math.Abs(left - right)).Max();

    private static RgbImage Image(SafetensorsFile file, string name)
    {
        Shape shape = file.Entries[name].Shape;
        return new RgbImage([.. Swapped(file.Doubles(name)).Select(value => (byte)value)], shape[1], shape[0]);
    }

    // Red first where blue was, and the other way round.
    private static float[] Swapped<T>(T[] pixels) where T : System.Numerics.INumber<T> =>
        [.. pixels.Chunk(3).SelectMany(pixel => new[] { pixel[2], pixel[1], pixel[0] }).Select(float.CreateTruncating)];

    private static LabelledBox[] Boxes(SafetensorsFile file, string boxes, string labels) =>
    [
        .. file.Doubles(boxes).Select(side => (float)side).Chunk(4)
            .Zip(file.Integers(labels), (box, label) => new LabelledBox(new Box(box[0], box[1], box[2], box[3]), (int)label)),
    ];

    private static IEnumerable<float> Sides(Box box) => [box.X1, box.Y1, box.X2, box.Y2];

    private static RecordedDraws Draws(SafetensorsFile file) => new(file.Metadata["draws"]);

    private sealed class RecordedDraws(string draws) : IRandomDraws
    {
        private readonly List<double[]> _values =
            [.. JsonDocument.Parse(draws).RootElement.EnumerateArray().Select(draw => draw[2]).Select(value => value.ValueKind == JsonValueKind.Array
                ? value.EnumerateArray().Select(item => item.GetDouble()).ToArray() : [value.GetDouble()])];
        private int _next;

        public int Left => _values.Count - _next;

        public void Insert(int at, double value) => _values.Insert(at, [value]);

        public double NextDouble(double low, double high) => _values[_next++][0];

        public int Next(int count) => (int)_values[_next++][0];

        public void Shuffle(Span<int> items)
        {
            foreach ((int i, double value) in _values[_next++].Index())
                items[i] = (int)value;
        }
    }
}
