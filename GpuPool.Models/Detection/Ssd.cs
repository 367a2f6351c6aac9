using GpuPool.Autograd;
using GpuPool.Models.Backbones;

namespace GpuPool.Models.Detection;

/// <summary>
/// SSD (Liu et al., 2016) with depthwise convolutions in neck and head (SSDLite; Sandler et al., 2018), on the last maps of some strides of any backbone. Tensors have mmdetection's names.
/// </summary>
public sealed class Ssd : Detector
{
    private readonly int[] _stages;

    /// <summary>A detector without memory.</summary>
    /// <param name="architecture">The backbone with its pools.</param>
    /// <param name="options">How it is built, trained and read; for 320 pixels by default.</param>
    /// <param name="width">Factor of the backbone's channels.</param>
    /// <exception cref="ArchitectureException">The backbone has no map of one of the strides, or not this width.</exception>
    public Ssd(Architecture architecture, SsdOptions? options = null, double width = 1)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        options ??= new SsdOptions();
        Backbone = Child("backbone.net", architecture.CreateBackbone(width));
        architecture.Family.Start(Backbone);
        Classes = options.Classes;
        _stages = [.. options.Strides.Select(stride => Backbone.StageOf(stride))];
        int[] channels = [.. _stages.Select(stage => Backbone.Stages[stage].Channels)];
        Neck = Child("neck", new SsdNeck(channels[^1], options.Extra));
        Head = Child("bbox_head", new SsdHead([.. channels, .. options.Extra.Select(level => level.Channels)], options));
    }

    /// <inheritdoc/>
    public override Backbone Backbone { get; }

    /// <inheritdoc/>
    public override int Classes { get; }

    /// <summary>Makes the coarser maps.</summary>
    public SsdNeck Neck { get; }

    /// <summary>Reads the maps.</summary>
    public SsdHead Head { get; }

    /// <summary>All maps, the finest first.</summary>
    /// <param name="images">Normalised pictures (N, H, W, 3).</param>
    public IReadOnlyList<Tensor> Levels(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Call(images.Device, () => Neck.Call(Backbone.Features(images, _stages)));
    }

    /// <inheritdoc/>
    public override DetectorLoss Loss(Tensor images, IReadOnlyList<PictureFrame> frames, IReadOnlyList<IReadOnlyList<LabelledBox>> objects)
    {
        SsdLoss loss = Head.Loss(Head.Call(Levels(images)), objects);
        (Tensor classLoss, Tensor boxLoss) = (loss.Class.Sum(), loss.Box.Sum());
        return new DetectorLoss(classLoss.Add(boxLoss), [("class_loss", classLoss), ("box_loss", boxLoss)]);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(IReadOnlyList<Tensor> features, IReadOnlyList<PictureFrame> frames) =>
        Head.Detect(new SsdPrediction([.. features.Take(features.Count / 2)], [.. features.Skip(features.Count / 2)]), frames);

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> ForwardMaps(Tensor images)
    {
        SsdPrediction prediction = Head.Call(Levels(images));
        return [.. prediction.Classes, .. prediction.Boxes];
    }
}
