using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Backbones;
using GpuPool.Models.Detection;
using GpuPool.Models.Layers;

namespace GpuPool.Tests.Experiments;

/// <summary>A detector that sees one object in each picture: small enough for tests of what is around detectors.</summary>
internal sealed class LonelyDetector : Detector
{
    private readonly LinearLayer _classes, _box;

    public LonelyDetector(int classes)
    {
        Classes = classes;
        Backbone = Child("backbone", Architecture.Parse("mobilenet_v2-skip-1222121").Family.Backbone(Architecture.Parse("mobilenet_v2-skip-1222121"), 0.1));
        int channels = Backbone.Stages[^1].Channels;
        (_classes, _box) = (Child("classes", new LinearLayer(channels, classes)), Child("box", new LinearLayer(channels, 4)));
    }

    public override Backbone Backbone { get; }

    public override int Classes { get; }

    public override DetectorLoss Loss(Tensor images, IReadOnlyList<PictureFrame> frames, IReadOnlyList<IReadOnlyList<LabelledBox>> objects)
    {
        IReadOnlyList<Tensor> maps = Maps(images);
        float[] labels = [.. objects.Select(items => items.Count > 0 ? (float)items[0].Label : 0)];
        float[] corners = [.. objects.Zip(frames).SelectMany(pair => Fractions(pair.First.Count > 0 ? pair.First[0].Box : default, pair.Second))];
        Tensor classLoss = maps[0].SoftmaxCrossEntropy(Tensor.Leaf(images.Device.Upload(new Shape(labels.Length), labels)));
        Tensor boxLoss = maps[1].SmoothL1(Tensor.Leaf(images.Device.Upload(maps[1].Shape, corners))).Mean().Reshape(classLoss.Shape);
        return new DetectorLoss(classLoss.Add(boxLoss), [("class_loss", classLoss), ("box_loss", boxLoss)]);
    }

    protected override IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(IReadOnlyList<Tensor> maps, IReadOnlyList<PictureFrame> frames)
    {
        (float[] logits, float[] corners) = (maps[0].Softmax().Value.ToFloats(), maps[1].Value.ToFloats());
        return
        [
            .. frames.Select((frame, i) =>
            {
                float[] scores = logits[(i * Classes)..((i + 1) * Classes)];
                int best = scores.IndexOf(scores.Max());
                var box = new Box(corners[4 * i], corners[4 * i + 1], corners[4 * i + 2], corners[4 * i + 3]);
                return (IReadOnlyList<DetectedBox>)[new DetectedBox(box.Scaled(frame.Width / frame.ScaleX, frame.Height / frame.ScaleY), best, scores[best])];
            }),
        ];
    }

    protected override IReadOnlyList<Tensor> ForwardMaps(Tensor images)
    {
        Tensor seen = Backbone.Call(images).GlobalAveragePool();
        return [_classes.Call(seen), _box.Call(seen)];
    }

    private static float[] Fractions(Box box, PictureFrame frame) => [box.X1 / frame.Width, box.Y1 / frame.Height, box.X2 / frame.Width, box.Y2 / frame.Height];
}
