using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Coco;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Tasks;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Tests.Experiments.Data.Detection;

public sealed class DetectionPicturesTests
{
    [Test]
    public void Pictures_of_different_sizes_are_padded_with_0_at_the_right_and_below()
    {
        var transform = new DetectionTransform(new ProportionalResizing(20, 10), Normalisation.ImageNet) { Divisor = 8 };
        DetectionBatch batch = new DetectionPictures(new Sizes((40, 10), (10, 10)), transform).Collate([0, 1], _ => default, default);
        Assert.That(batch.Shape, Is.EqualTo(new Shape(2, 16, 24, 3)));
        Assert.That(batch.Frames, Is.EqualTo(new[] { new PictureFrame(20, 5, 0.5f, 0.5f), new PictureFrame(10, 10) }));
        Assert.That(batch.Pictures.Select(picture => picture.Id), Is.EqualTo(new[] { 100, 101 }));
        for (int i = 0; i < batch.Images.Length; i++)
        {
            (int picture, int y, int x) = (i / (16 * 24 * 3), i / (24 * 3) % 16, i / 3 % 24);
            bool isPadding = x >= batch.Frames[picture].Width || y >= batch.Frames[picture].Height;
            Assert.That(batch.Images[i] == 0, Is.EqualTo(isPadding), $"picture {picture}, row {y}, column {x}");
        }
    }

    [Test]
    public void Boxes_are_resized_with_their_picture_kept_within_it_and_crowds_are_left_out()
    {
        var transform = new DetectionTransform(new ExactResizing(20, 30), Normalisation.None);
        DetectionBatch batch = new DetectionPictures(new Sizes((40, 10)), transform).Collate([0], _ => default, default);
        Assert.That(batch.Frames[0], Is.EqualTo(new PictureFrame(20, 30, 0.5f, 3)));
        Assert.That(batch.Objects[0], Is.EqualTo(new[] { new LabelledBox(new Box(1, 3, 20, 24), 1) }));
    }

    [Test]
    public void A_flip_moves_boxes_and_pixels_alike()
    {
        var pictures = new Sizes((40, 10));
        var transform = new DetectionTransform(new ExactResizing(40, 10), Normalisation.None) { Flip = true };
        ILookup<float, DetectionBatch> batches = Enumerable.Range(0, 20).Select(item => new DetectionPictures(pictures, transform).Collate(
            [0], _ => new RandomSequence(0, 0, 0, (uint)item), default)).ToLookup(batch => batch.Objects[0][0].Box.X1);
        Assert.That(batches.Select(group => group.Key), Is.EquivalentTo(new[] { 2, 0 }));
        (float[] kept, float[] flipped) = (batches[2].First().Images, batches[0].First().Images);
        for (int pixel = 0; pixel < 40; pixel++)
            Assert.That(flipped.AsSpan(3 * (39 - pixel), 3).SequenceEqual(kept.AsSpan(3 * pixel, 3)), $"column {pixel}");
    }

    [Test]
    public void Every_recipe_gives_the_same_batches_on_any_number_of_threads([Values("ssd", "faster_rcnn", "yolov3")] string name)
    {
        DetectionTransform transform = name switch
        {
            "ssd" => DetectionTransform.Ssd(32),
            "yolov3" => DetectionTransform.YoloV3(32, 64),
            _ => DetectionTransform.FasterRcnn(64, 48),
        };
        var source = new DetectionPictures(new Sizes((60, 40), (40, 60), (50, 50), (33, 90), (70, 20)), transform);
        DetectionBatch[] one = Kept(source, new BatchOptions(2, Seed: 5)), three = Kept(source, new BatchOptions(2, Seed: 5, Threads: 3));
        Assert.That(three.Select(batch => batch.Images), Is.EqualTo(one.Select(batch => batch.Images)));
        Assert.That(three.SelectMany(batch => batch.Objects), Is.EqualTo(one.SelectMany(batch => batch.Objects)));
        Assert.That(one.SelectMany(batch => batch.Images), Is.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public void Random_crops_and_grounds_keep_every_object_that_they_show_within_the_input()
    {
        var transform = DetectionTransform.Ssd(50);
        AnnotatedPicture picture = new Sizes((60, 40)).Picture(0);
        for (uint item = 0; item < 500; item++)
        {
            FramedScene framed = transform.Frame(Scene.Of(picture), new RandomSequence(1, 2, 3, item));
            Assert.That(framed.Objects, Has.Count.EqualTo(1));
            Box box = framed.Objects[0].Box;
            Assert.That(new[] { box.X1, box.Y1, 50 - box.X2, 50 - box.Y2 }, Is.All.InRange(0, 50));
            Assert.That(box.Area, Is.Positive);
        }
    }

    [Test]
    public void A_batch_lends_its_memory_until_the_next_is_asked_for()
    {
        var source = new DetectionPictures(new Sizes([.. Enumerable.Repeat((40, 20), 12)]), new DetectionTransform(new ExactResizing(8, 8), Normalisation.None));
        HashSet<float[]> arrays = [.. new BatchLoader<DetectionBatch>(source, new BatchOptions(1, Training: false, Ahead: 2)).Epoch(0).Select(batch => batch.Images)];
        Assert.That(arrays, Has.Count.InRange(1, 3));
    }

    [Test]
    public void What_was_in_lent_memory_does_not_show_in_the_padding()
    {
        var source = new DetectionPictures(new Sizes((20, 20), (20, 10), (10, 20)), new DetectionTransform(new ProportionalResizing(20, 20), Normalisation.None) { Divisor = 20 });
        DetectionBatch[] batches = Kept(source, new BatchOptions(1, Training: false, Ahead: 1));
        Assert.That(batches.Select(batch => batch.Images.Count(value => value != 0)), Is.EqualTo(new[] { 1200, 600, 600 }));
    }

    // Copies of the batches of an epoch.
    private static DetectionBatch[] Kept(DetectionPictures source, BatchOptions options) =>
        [.. new BatchLoader<DetectionBatch>(source, options).Epoch(1).Select(batch => batch with { Images = [.. batch.Images] })];

    // Picture i has number 100 + i, bytes that are never 0, a box that reaches over its right edge, and a crowd.
    private sealed class Sizes(params (int Width, int Height)[] sizes) : IDetectionDataset
    {
        public string Name => "sizes";

        public IReadOnlyList<string> ClassNames => ["a", "b"];

        public int Count => sizes.Length;

        public AnnotatedPicture Picture(int index) => new(100 + index, "", sizes[index].Width, sizes[index].Height, [
            new AnnotatedObject(new CocoBox(2, 1, 100, 7), 1, 700), new AnnotatedObject(new CocoBox(2, 1, 3, 3), 0, 9, IsCrowd: true),
        ]);

        public RgbImage Image(int index)
        {
            (int width, int height) = sizes[index];
            return new RgbImage([.. Pictures.Noise(width, height, seed: index).Pixels.ToArray().Select(value => Math.Max(value, (byte)1))], width, height);
        }
    }
}
