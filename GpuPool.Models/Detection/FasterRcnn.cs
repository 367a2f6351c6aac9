using GpuPool.Autograd;
using GpuPool.Models.Backbones;
using GpuPool.Models.Export;

namespace GpuPool.Models.Detection;

/// <summary>
/// Faster R-CNN (Ren et al., 2015) with a feature pyramid (Lin et al., 2017), on any backbone: a pyramid on the last map of each of its four last strides, regions proposed on all
/// levels of it, and a head that classifies them. Tensors have mmdetection's names.
/// </summary>
public sealed class FasterRcnn : Detector
{
    private const int Strides = 4;

    private readonly int[] _stages;
    private readonly FasterRcnnOptions _options;

    /// <summary>A detector without memory.</summary>
    /// <param name="architecture">The backbone with its pools.</param>
    /// <param name="options">How it is built and trained; the released configuration by default.</param>
    /// <param name="width">Factor of the backbone's channels.</param>
    /// <exception cref="ArchitectureException">The backbone has maps of fewer than four strides, or not this width.</exception>
    public FasterRcnn(Architecture architecture, FasterRcnnOptions? options = null, double width = 1)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        _options = options ?? new FasterRcnnOptions();
        Backbone = Child("backbone.net", architecture.CreateBackbone(width));
        architecture.Family.Start(Backbone);
        _stages = [.. Enumerable.Range(0, Backbone.Stages.Count).GroupBy(stage => Backbone.Stages[stage].Stride).Select(group => group.Last()).TakeLast(Strides)];
        if (_stages.Length < Strides)
            throw new ArchitectureException($"Faster R-CNN takes maps of {Strides} strides, and the backbone of {architecture} has {_stages.Length}");
        int[] strides = [.. _stages.Select(stage => Backbone.Stages[stage].Stride)];
        Pyramid = Child("neck", new FeaturePyramid([.. _stages.Select(stage => Backbone.Stages[stage].Channels)], _options.Channels));
        Proposals = Child("rpn_head", new RegionProposalHead(_options.Channels, _options.Channels, _options.Proposals.Levels([.. strides, 2 * strides[^1]]), _options.Proposals));
        Head = Child("roi_head", new RoiHead(_options.Channels, _options.Classes, strides, _options.Head));
    }

    /// <inheritdoc/>
    public override Backbone Backbone { get; }

    /// <inheritdoc/>
    public override int Classes => _options.Classes;

    /// <summary>The neck.</summary>
    public FeaturePyramid Pyramid { get; }

    /// <summary>Proposes regions.</summary>
    public RegionProposalHead Proposals { get; }

    /// <summary>Classifies regions.</summary>
    public RoiHead Head { get; }

    /// <summary>The levels of the pyramid.</summary>
    public IReadOnlyList<Tensor> Levels(Tensor images) => Call(images.Device, () => Pyramid.Call(Backbone.Features(images, _stages)));

    /// <inheritdoc/>
    public override DetectorLoss Loss(Tensor images, IReadOnlyList<PictureFrame> frames, IReadOnlyList<IReadOnlyList<LabelledBox>> objects)
    {
        IReadOnlyList<Tensor> levels = Levels(images);
        IReadOnlyList<RegionPrediction> predictions = Proposals.Call(levels);
        RegionProposalLoss proposed = Proposals.Loss(predictions, frames, objects);
        IReadOnlyList<IReadOnlyList<RoiTarget>> targets = Head.Targets(Boxes(Proposals.Propose(predictions, frames)), objects);
        RoiLoss classified = Head.Loss(Head.Call(levels, [.. targets.Select(own => (IReadOnlyList<Box>)[.. own.Select(target => target.Region)])]), targets);
        (string, Tensor)[] parts =
        [
            ("proposal_class_loss", proposed.Objectness.Aggregate((sum, loss) => sum.Add(loss))),
            ("proposal_box_loss", proposed.Box.Aggregate((sum, loss) => sum.Add(loss))),
            ("class_loss", classified.Class),
            ("box_loss", classified.Box),
        ];
        return new DetectorLoss(parts.Select(part => part.Item2).Aggregate((sum, loss) => sum.Add(loss)), parts);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> ForwardFeatures(Tensor images)
    {
        IReadOnlyList<Tensor> levels = Levels(images);
        return [.. levels, .. Maps(Proposals.Call(levels))];
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(IReadOnlyList<Tensor> features, IReadOnlyList<PictureFrame> frames)
    {
        // Of each level the level itself, its objectness and its deltas.
        IReadOnlyList<Tensor> levels = [.. features.Take(features.Count / 3)];
        IReadOnlyList<RegionPrediction> predictions = [.. features.Skip(levels.Count).Chunk(2).Select(maps => new RegionPrediction(maps[0], maps[1]))];
        IReadOnlyList<IReadOnlyList<Box>> regions = Boxes(Proposals.Propose(predictions, frames));
        return Head.Detect(Head.Call(levels, regions), regions, frames);
    }

    /// <inheritdoc/>
    public override void ExportOnnx(string path, int height, int width, OnnxOptions? options = null) =>
        throw new OnnxException("Faster R-CNN cannot be written as ONNX here: its second stage reads boxes that the first one finds");

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> ForwardMaps(Tensor images) => Maps(Proposals.Call(Levels(images)));

    private static IReadOnlyList<Tensor> Maps(IReadOnlyList<RegionPrediction> predictions) =>
        [.. predictions.SelectMany(prediction => new[] { prediction.Objectness, prediction.Deltas })];

    private static IReadOnlyList<IReadOnlyList<Box>> Boxes(IReadOnlyList<IReadOnlyList<RegionProposal>> proposals) =>
        [.. proposals.Select(own => (IReadOnlyList<Box>)[.. own.Select(proposal => proposal.Box)])];
}
