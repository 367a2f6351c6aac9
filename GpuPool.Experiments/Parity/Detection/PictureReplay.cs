using System.Numerics;
using System.Text.Json;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>How mmdetection and OpenCV change pictures, with the numbers that they drew; blue stands first there.</summary>
internal static class PictureReplay
{
    private const double Byte = 1, Colour = 1e-3 * 255, Interpolated = 1e-3, Angle = 1e-3, Normalised = Colour / 57;

    private static readonly string[] Sizes = ["down", "up", "mixed"];

    /// <summary>Sizes, interpolation, colours, and the whole recipe of SSD.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("mmcv rescale_size", ReplayKind.Narrow, Resizing), new("cv2.resize INTER_LINEAR", ReplayKind.Narrow, Interpolation),
        new("mmcv.bgr2hsv / hsv2bgr on float32", ReplayKind.Narrow, Colours), new("PhotoMetricDistortion", ReplayKind.Narrow, Distortion),
        new("Expand", ReplayKind.Narrow, Training),
    ];

    private static IEnumerable<ReplayedTensor> Resizing(Device device, Recording recording, DType type)
    {
        // Width, height, the bounds of the longer and the shorter side, and the two sides that come out, as they are and padded to a multiple of 32.
        long[][] rows = [.. recording.Integers("rows").Chunk(8)];
        yield return ReplayedTensor.Exact("rows", rows.SelectMany(row =>
        {
            (int width, int height) = new ProportionalResizing((int)row[2], (int)row[3]).Choose((int)row[0], (int)row[1]);
            var transform = DetectionTransform.FasterRcnn();
            return new[] { width, height, transform.Padded(width), transform.Padded(height) };
        }), rows.SelectMany(row => row[4..]));
    }

    private static IEnumerable<ReplayedTensor> Interpolation(Device device, Recording recording, DType type)
    {
        using RgbImage input = Image(recording, "input");
        foreach (string size in Sizes)
        {
            Shape shape = recording.ShapeOf($"float.{size}");
            float[] ours = Sampled(input, new Scene(0, 0, input.Width, input.Height, []), shape[1], shape[0], flip: false, default);
            yield return Tensor($"float.{size}", ours, recording, Interpolated);
            yield return Tensor($"uint8.{size}", ours, recording, Byte);
        }
    }

    private static IEnumerable<ReplayedTensor> Colours(Device device, Recording recording, DType type)
    {
        HueSaturationValue[] ours = [.. recording.Values("bgr").Chunk(3).Select(pixel => HueSaturationValue.Of(Lane(pixel[2]), Lane(pixel[1]), Lane(pixel[0])))];
        yield return new ReplayedTensor("hsv", [.. ours.SelectMany(colour => new double[] { colour.Hue[0], colour.Saturation[0], colour.Value[0] })], recording.Values("hsv"), Angle)
        {
            Measure = ErrorMeasure.Absolute,
        };
        yield return Tensor("back", [.. ours.Select(colour => colour.ToColours()).SelectMany(colour => new[] { colour.Red[0], colour.Green[0], colour.Blue[0] })], recording, Interpolated);

        static Vector<float> Lane(double value) => new((float)value);
    }

    private static IEnumerable<ReplayedTensor> Distortion(Device device, Recording recording, DType type)
    {
        float[] pixels = [.. Swapped(recording.Values("input")).Select(value => (float)value)];
        var draws = new RecordedDraws(recording.Json<JsonElement[]>("draws"));
        new ColourDistortion(draws).Apply(pixels);
        yield return Tensor("output", pixels, recording, Colour);
        yield return ReplayedTensor.Exact("draws left", [draws.Left], [0]);
    }

    private static IEnumerable<ReplayedTensor> Training(Device device, Recording recording, DType type)
    {
        using RgbImage input = Image(recording, "input");
        var draws = new RecordedDraws(recording.Json<JsonElement[]>("draws"));
        bool flip = recording.Json<bool>("flip");
        Shape shape = recording.ShapeOf("output");
        DetectionTransform recipe = DetectionTransform.Ssd(shape[0]);

        LabelledBox[] objects = [.. recording.Boxes<float>("gt").Zip(recording.Integers("labels"), (box, label) => new LabelledBox(box, (int)label))];
        Scene expanded = recipe.Expand!.Apply(new Scene(0, 0, input.Width, input.Height, objects), draws);
        yield return BoxTensors.Of("expanded_gt", expanded.Objects.Select(item => item.Box), recording.Boxes<float>("expanded_gt"));
        yield return ReplayedTensor.Exact("expanded_size", [expanded.Height, expanded.Width], recording.Json<long[]>("expanded_size"));
        Scene cropped = recipe.Crop!.Apply(expanded, draws);
        yield return BoxTensors.Of("cropped_gt", cropped.Objects.Select(item => item.Box), recording.Boxes<float>("cropped_gt"));
        yield return ReplayedTensor.Exact("cropped_size", [cropped.Height, cropped.Width], recording.Json<long[]>("cropped_size"));
        yield return ReplayedTensor.Exact("cropped_labels", cropped.Objects.Select(item => item.Label), recording.Integers("cropped_labels"));
        FramedScene framed = FramedScene.Of(cropped, shape[1], shape[0], flip);
        yield return BoxTensors.Of("final_gt", framed.Objects.Select(item => item.Box), recording.Boxes<float>("final_gt"));

        yield return Tensor("resized", Sampled(input, cropped, shape[1], shape[0], flip, recipe.Expand.Ground), recording, Byte);
        // From the recorded bytes on, which are as rounded as OpenCV rounds them.
        using RgbImage resized = Image(recording, "resized");
        float[] output = new float[shape.Count];
        recipe.Sample(resized, FramedScene.Of(new Scene(0, 0, shape[1], shape[0], []), shape[1], shape[0], flip: false), draws, output, 3 * shape[1]);
        yield return new ReplayedTensor("output", [.. output], recording.Values("output"), Normalised) { Measure = ErrorMeasure.Absolute };
        yield return ReplayedTensor.Exact("draws left", [draws.Left], [0]);
    }

    private static float[] Sampled(RgbImage image, Scene scene, int width, int height, bool flip, GroundColour ground)
    {
        float[] pixels = new float[3 * width * height];
        SceneSampler.Sample(image, scene, width, height, flip, ground, pixels, 3 * width);
        return pixels;
    }

    private static ReplayedTensor Tensor(string name, float[] ours, Recording recording, double tolerance) =>
        new(name, Swapped([.. ours]), recording.Values(name), tolerance) { Measure = ErrorMeasure.Absolute };

    private static RgbImage Image(Recording recording, string name)
    {
        Shape shape = recording.ShapeOf(name);
        return new RgbImage([.. Swapped(recording.Values(name)).Select(value => (byte)value)], shape[1], shape[0]);
    }

    // The first colour where the third was, and the other way round.
    private static double[] Swapped(double[] pixels) => [.. pixels.Chunk(3).SelectMany(pixel => new[] { pixel[2], pixel[1], pixel[0] })];
}
