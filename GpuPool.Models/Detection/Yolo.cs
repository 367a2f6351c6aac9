using GpuPool.Autograd;
using GpuPool.Models.Backbones;

namespace GpuPool.Models.Detection;

/// <summary>
/// YOLOv3 (Redmon and Farhadi, 2018) on any backbone: of the stages that a label has a stride for, the last ones of strides 8, 16 and 32. Tensors have mmdetection's names.
/// Sides of pictures must be multiples of 32.
/// </summary>
public sealed class Yolo : Detector
{
    private readonly int[] _stages;

    /// <summary>A detector without memory.</summary>
    /// <param name="architecture">The backbone with its pools.</param>
    /// <param name="options">How it is built, trained and read; as released for the backbone by default.</param>
    /// <param name="width">Factor of the backbone's channels.</param>
    /// <exception cref="ArchitectureException">The backbone has no map of one of the strides, or not this width.</exception>
    public Yolo(Architecture architecture, YoloOptions? options = null, double width = 1)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        options ??= YoloOptions.For(architecture.Family);
        Backbone = Child("backbone.net", architecture.CreateBackbone(width));
        architecture.Family.Start(Backbone);
        Classes = options.Classes;
        _stages = [.. options.Anchors.Reverse().Select(level => Backbone.StageOf(level.Stride, architecture.Strides.Count))];
        Neck = Child("neck", new YoloNeck([.. _stages.Select(stage => Backbone.Stages[stage].Channels)], options.NeckChannels));
        Head = Child("bbox_head", new YoloHead(options));
    }

    /// <inheritdoc/>
    public override Backbone Backbone { get; }

    /// <inheritdoc/>
    public override int Classes { get; }

    /// <summary>Brings what coarse maps know into fine ones.</summary>
    public YoloNeck Neck { get; }

    /// <summary>Reads the maps.</summary>
    public YoloHead Head { get; }

    /// <summary>What the head reads, the coarsest first.</summary>
    /// <param name="images">Normalised pictures (N, H, W, 3).</param>
    public IReadOnlyList<Tensor> Levels(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Call(images.Device, () => Neck.Call(Backbone.Features(images, _stages)));
    }

    /// <inheritdoc/>
    public override DetectorLoss Loss(Tensor images, IReadOnlyList<PictureFrame> frames, IReadOnlyList<IReadOnlyList<LabelledBox>> objects)
    {
        YoloLoss loss = Head.Loss(Maps(images), objects);
        (string Name, Tensor Value)[] parts =
            [("class_loss", Sum(loss.Class)), ("confidence_loss", Sum(loss.Confidence)), ("centre_loss", Sum(loss.Centre)), ("size_loss", Sum(loss.Size))];
        return new DetectorLoss(Sum(parts.Select(part => part.Value)), parts);

        static Tensor Sum(IEnumerable<Tensor> terms) => terms.Aggregate((sum, term) => sum.Add(term));
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(IReadOnlyList<Tensor> features, IReadOnlyList<PictureFrame> frames) =>
        Head.Detect(features, frames);

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> ForwardMaps(Tensor images) => Head.Call(Levels(images));
}
