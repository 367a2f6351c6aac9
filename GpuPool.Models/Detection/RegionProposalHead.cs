using System.Runtime.InteropServices;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Detection;

/// <summary>
/// Region proposal network (Ren et al., 2015) on a feature pyramid, as mmdetection has it: a convolution, and for each anchor a logit that it shows an object and
/// the differences of its box, with the same weights on all levels.
/// </summary>
public sealed class RegionProposalHead : StochasticModule
{
    private const int Numbers = 4;
    private const double StartDeviation = 0.01;

    private readonly Conv2dLayer _convolution, _objectness, _deltas;
    private readonly IReadOnlyList<AnchorLevel> _levels;
    private readonly RegionProposalOptions _options;

    /// <summary>A head without memory.</summary>
    /// <param name="inputs">Channels of the levels.</param>
    /// <param name="channels">Channels of its convolution.</param>
    /// <param name="levels">Anchors of each level, the finest first.</param>
    /// <param name="options">How regions are proposed.</param>
    public RegionProposalHead(int inputs, int channels, IReadOnlyList<AnchorLevel> levels, RegionProposalOptions options)
    {
        (_levels, _options) = (levels, options);
        int anchors = levels[0].Cell.Count;
        _convolution = Convolution("rpn_conv", inputs, channels, new Window(3, padding: 1));
        _objectness = Convolution("rpn_cls", channels, anchors, new Window(1));
        _deltas = Convolution("rpn_reg", channels, Numbers * anchors, new Window(1));
    }

    /// <summary>What it predicts on each level.</summary>
    /// <param name="levels">Maps (N, H, W, C), the finest first.</param>
    public IReadOnlyList<RegionPrediction> Call(IReadOnlyList<Tensor> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        IReadOnlyList<Tensor> outputs = Call(levels[0].Device, () => [.. levels.SelectMany(level =>
        {
            Tensor hidden = _convolution.Call(level).Relu();
            return new[] { _objectness.Call(hidden), _deltas.Call(hidden) };
        })]);
        return [.. outputs.Chunk(2).Select(pair => new RegionPrediction(pair[0], pair[1]))];
    }

    /// <summary>Losses of each level, each over the number of sampled anchors of the batch; a picture counts at least one with an object, and one without.</summary>
    /// <param name="predictions">Of <see cref="Call(IReadOnlyList{Tensor})"/>.</param>
    /// <param name="frames">Where each picture lies.</param>
    /// <param name="objects">What each picture shows.</param>
    /// <param name="sampler">Chooses the anchors, by their numbers over all levels; null for evenly.</param>
    public RegionProposalLoss Loss(
        IReadOnlyList<RegionPrediction> predictions, IReadOnlyList<PictureFrame> frames, IReadOnlyList<IReadOnlyList<LabelledBox>> objects, IRegionSampler? sampler = null)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentNullException.ThrowIfNull(objects);
        sampler ??= new RandomRegionSampler(_options.Samples, _options.PositiveShare, Seed, Stream, TakeStep());
        var anchors = new RegionAnchors(_levels, predictions);
        RegionTargets[] targets = [.. anchors.ByLevel.Select(level => new RegionTargets(frames.Count, level.Length))];
        double divisor = DetectorLoss.DivisorEpsilon;
        for (int picture = 0; picture < frames.Count; picture++)
        {
            Box[] boxes = [.. objects[picture].Select(item => item.Box)];
            int[] matches = anchors.Match(_options.Matching, Padded(frames[picture].Height), Padded(frames[picture].Width), boxes);
            // 1 for those that show an object, 0 for background, -1 for the ignored.
            ILookup<int, int> numbers = Enumerable.Range(0, matches.Length).ToLookup(number => Math.Sign(matches[number] - OverlapMatching.Background));
            RegionSample sample = sampler.Sample(picture, [.. numbers[1]], [.. numbers[0]]);
            divisor += Math.Max(1, sample.Positives.Count) + Math.Max(1, sample.Negatives.Count);
            foreach (int number in sample.Negatives)
            {
                (int level, int anchor) = anchors.Locate(number);
                targets[level].AddNegative(picture, anchor);
            }
            foreach (int number in sample.Positives)
            {
                (int level, int anchor) = anchors.Locate(number);
                targets[level].AddPositive(picture, anchor, _options.Coder.Encode(anchors.ByLevel[level][anchor], boxes[matches[number]]));
            }
        }
        return new RegionProposalLoss(
            [.. targets.Zip(predictions, (target, prediction) => target.ObjectnessLoss(prediction.Objectness).Scale(1 / divisor))],
            [.. targets.Zip(predictions, (target, prediction) => target.BoxLoss(prediction.Deltas, _options.BoxBeta).Scale(1 / divisor))]);
    }

    /// <summary>
    /// The proposals of each picture, the highest score first: the best anchors of each level, moved to their boxes and clipped to the picture; what nothing is left of is dropped,
    /// and of those of a level that overlap the best stay.
    /// </summary>
    /// <param name="predictions">Of <see cref="Call(IReadOnlyList{Tensor})"/>.</param>
    /// <param name="frames">Where each picture lies.</param>
    public IReadOnlyList<IReadOnlyList<RegionProposal>> Propose(IReadOnlyList<RegionPrediction> predictions, IReadOnlyList<PictureFrame> frames)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(frames);
        Box[][] anchors = new RegionAnchors(_levels, predictions).ByLevel;
        float[][] scores = [.. predictions.Select(prediction => Array.ConvertAll(prediction.Objectness.Value.ToFloats(), logit => 1 / (1 + MathF.Exp(-logit))))];
        float[][] deltas = [.. predictions.Select(prediction => prediction.Deltas.Value.ToFloats())];
        return [.. frames.Select((frame, picture) => Propose(anchors, scores, deltas, frame, picture))];
    }

    private RegionProposal[] Propose(Box[][] anchors, float[][] scores, float[][] deltas, PictureFrame frame, int picture)
    {
        var candidates = new BoxCandidates();
        for (int level = 0; level < anchors.Length; level++)
        {
            int count = anchors[level].Length;
            ReadOnlySpan<float> own = scores[level].AsSpan(picture * count, count);
            ReadOnlySpan<BoxDeltas<float>> predicted = MemoryMarshal.Cast<float, BoxDeltas<float>>(deltas[level]).Slice(picture * count, count);
            foreach (int anchor in Ranking.Best(own, Training ? _options.TrainingCandidatesPerLevel : _options.CandidatesPerLevel))
            {
                Box box = _options.Coder.Decode(anchors[level][anchor], predicted[anchor]).ClippedTo(frame.Width, frame.Height);
                if (box.Width > 0 && box.Height > 0)
                    candidates.Add(box, own[anchor], level);
            }
        }
        return [.. candidates.Best((float)_options.OverlapThreshold, _options.MostProposals).Select(found => new RegionProposal(found.Box, found.Score))];
    }

    private int Padded(int extent) => (extent + _options.Padding - 1) / _options.Padding * _options.Padding;

    private Conv2dLayer Convolution(string name, int inputs, int outputs, Window window)
    {
        Conv2dLayer layer = Child(name, new Conv2dLayer(inputs, outputs, window, bias: true) { Winograd = true });
        layer.Weight.Start = Distribution.Normal(StartDeviation);
        layer.Bias!.Start = Distribution.Constant(0);
        return layer;
    }
}
