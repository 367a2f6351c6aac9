using System.Runtime.InteropServices;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Detection;

/// <summary>Says which object each region shows, if any, and where exactly: Fast R-CNN (Girshick, 2015) with two hidden layers, on the levels of a pyramid, as mmdetection has it.</summary>
public sealed class RoiHead : StochasticModule
{
    private const int Numbers = 4;
    private const double ClassDeviation = 0.01, DeltaDeviation = 0.001;

    private readonly LinearLayer _first, _second, _class, _box;
    private readonly int _classes;
    private readonly IReadOnlyList<int> _strides;
    private readonly RoiHeadOptions _options;

    /// <summary>A head without memory.</summary>
    /// <param name="channels">Channels of the levels.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="strides">Pixels for a cell of each level that regions are cut out of, the finest first.</param>
    /// <param name="options">How regions are classified.</param>
    public RoiHead(int channels, int classes, IReadOnlyList<int> strides, RoiHeadOptions options)
    {
        (_classes, _strides, _options) = (classes, strides, options);
        _first = Hidden(0, LinearLayer.OverMap(options.Bins, options.Bins, channels, options.Width));
        _second = Hidden(1, new LinearLayer(options.Width, options.Width));
        _class = Output("fc_cls", classes + 1, ClassDeviation);
        _box = Output("fc_reg", Numbers * classes, DeltaDeviation);
    }

    /// <summary>The level that a region is cut out of: the finest for small ones, and one coarser for each doubling of the side.</summary>
    public int Level(Box region)
    {
        double side = Math.Sqrt((double)region.Width * region.Height);
        return (int)Math.Clamp(Math.Floor(Math.Log2(side / _options.FinestSide + 1e-6)), 0, _strides.Count - 1);
    }

    /// <summary>The levels' features of each region, (R, bins, bins, C), finer levels first, and the place of each region among them.</summary>
    /// <param name="levels">Maps (N, H, W, C), the finest first; those behind the last stride are not used.</param>
    /// <param name="regions">Regions of each picture.</param>
    public (Tensor Features, int[] Places) Pool(IReadOnlyList<Tensor> levels, IReadOnlyList<IReadOnlyList<Box>> regions)
    {
        ArgumentNullException.ThrowIfNull(levels);
        ArgumentNullException.ThrowIfNull(regions);
        (int Picture, Box Box, int Level)[] all = [.. regions.SelectMany((own, picture) => own.Select(box => (picture, box, Level(box))))];
        int[] order = [.. Enumerable.Range(0, all.Length).OrderBy(region => all[region].Level)], places = new int[all.Length];
        for (int place = 0; place < order.Length; place++)
            places[order[place]] = place;
        ILookup<int, int> byLevel = order.ToLookup(region => all[region].Level);
        // The finest takes part where there is no region at all.
        Tensor[] pooled = [.. Enumerable.Range(0, _strides.Count).Where(level => level == 0 || byLevel.Contains(level)).Select(level =>
        {
            Tensor map = levels[level];
            float[] boxes = [.. byLevel[level].Select(region => all[region]).SelectMany(own => (float[])[own.Picture, own.Box.X1, own.Box.Y1, own.Box.X2, own.Box.Y2])];
            return map.RoiAlign(Constant(map, new Shape(boxes.Length / (Numbers + 1), Numbers + 1), boxes), new RoiAlign(_options.Bins, _options.Bins, 1.0 / _strides[level]));
        })];
        return (pooled.Length == 1 ? pooled[0] : pooled[0].Concat(0, pooled[1..]), places);
    }

    /// <summary>What it predicts for each region, picture by picture.</summary>
    /// <inheritdoc cref="Pool" path="/param"/>
    public RoiPrediction Call(IReadOnlyList<Tensor> levels, IReadOnlyList<IReadOnlyList<Box>> regions)
    {
        ArgumentNullException.ThrowIfNull(levels);
        IReadOnlyList<Tensor> outputs = Call(levels[0].Device, () =>
        {
            (Tensor features, int[] places) = Pool(levels, regions);
            Tensor hidden = _second.Call(_first.Call(features).Relu()).Relu();
            Tensor index = Constant(hidden, new Shape(places.Length), Array.ConvertAll(places, place => (float)place));
            return [_class.Call(hidden).Gather(index), _box.Call(hidden).Gather(index)];
        });
        return new RoiPrediction(outputs[0], outputs[1]);
    }

    /// <summary>
    /// The regions of a batch that are trained, and what they show: the objects themselves and the proposals, of which some are sampled; in each picture those that show an
    /// object come first.
    /// </summary>
    /// <param name="proposals">Proposals of each picture.</param>
    /// <param name="objects">What each picture shows.</param>
    /// <param name="sampler">Chooses regions by their numbers in the list of objects and proposals; null for evenly.</param>
    public IReadOnlyList<IReadOnlyList<RoiTarget>> Targets(
        IReadOnlyList<IReadOnlyList<Box>> proposals, IReadOnlyList<IReadOnlyList<LabelledBox>> objects, IRegionSampler? sampler = null)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        ArgumentNullException.ThrowIfNull(objects);
        sampler ??= new RandomRegionSampler(_options.Samples, _options.PositiveShare, Seed, Stream, TakeStep());
        return [.. proposals.Select((own, picture) =>
        {
            IReadOnlyList<LabelledBox> shown = objects[picture];
            Box[] boxes = [.. shown.Select(item => item.Box)], regions = [.. boxes, .. own];
            int[] matches = [.. Enumerable.Range(0, boxes.Length), .. _options.Matching.Match<float>([.. own], boxes)];
            ILookup<bool, int> places = Enumerable.Range(0, matches.Length).ToLookup(place => matches[place] >= 0);
            RegionSample sample = sampler.Sample(picture, [.. places[true]], [.. places[false].Where(place => matches[place] == OverlapMatching.Background)]);
            return (IReadOnlyList<RoiTarget>)
            [
                .. sample.Positives.Select(place => new RoiTarget(regions[place], shown[matches[place]].Label, _options.Coder.Encode(regions[place], boxes[matches[place]]))),
                .. sample.Negatives.Select(place => new RoiTarget(regions[place], _classes, null)),
            ];
        })];
    }

    /// <summary>Losses, each over the number of regions of the batch.</summary>
    /// <param name="prediction">Of the regions of the targets.</param>
    /// <param name="targets">Of <see cref="Targets"/>.</param>
    public RoiLoss Loss(RoiPrediction prediction, IReadOnlyList<IReadOnlyList<RoiTarget>> targets)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        RoiTarget[] all = [.. targets.SelectMany(own => own)];
        float[] deltas = new float[Numbers * _classes * all.Length], weights = new float[deltas.Length];
        for (int region = 0; region < all.Length; region++)
        {
            if (all[region].Deltas is not { } wanted)
                continue;
            int place = region * _classes + all[region].Label;
            MemoryMarshal.Cast<float, BoxDeltas<float>>(deltas.AsSpan())[place] = wanted;
            weights.AsSpan(Numbers * place, Numbers).Fill(1);
        }
        (Tensor logits, Tensor predicted) = (prediction.Logits, prediction.Deltas);
        Tensor labels = Constant(logits, new Shape(all.Length), [.. all.Select(target => (float)target.Label)]);
        double factor = 1 / (Math.Max(1, all.Length) + DetectorLoss.DivisorEpsilon);
        return new RoiLoss(
            logits.CrossEntropy(labels).Sum().Scale(factor).Reshape(Shape.Scalar),
            predicted.SmoothL1(Constant(predicted, predicted.Shape, deltas), Constant(predicted, predicted.Shape, weights), _options.BoxBeta).Sum().Scale(factor).Reshape(Shape.Scalar));
    }

    /// <summary>What is found in each picture, in pixels of the original, the highest score first.</summary>
    /// <param name="prediction">Of the regions.</param>
    /// <param name="regions">Regions of each picture.</param>
    /// <param name="frames">Where each picture lies.</param>
    public IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(RoiPrediction prediction, IReadOnlyList<IReadOnlyList<Box>> regions, IReadOnlyList<PictureFrame> frames)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(regions);
        float[] scores = prediction.Logits.Softmax().Value.ToFloats(), deltas = prediction.Deltas.Value.ToFloats();
        int first = 0;
        return [.. frames.Select((frame, picture) =>
        {
            int begin = first;
            first += regions[picture].Count;
            return Detect(scores.AsSpan(begin * (_classes + 1)), MemoryMarshal.Cast<float, BoxDeltas<float>>(deltas)[(begin * _classes)..], regions[picture], frame);
        })];
    }

    private DetectedBox[] Detect(ReadOnlySpan<float> scores, ReadOnlySpan<BoxDeltas<float>> deltas, IReadOnlyList<Box> regions, PictureFrame frame)
    {
        var candidates = new BoxCandidates();
        for (int region = 0; region < regions.Count; region++)
        {
            for (int label = 0; label < _classes; label++)
            {
                float score = scores[region * (_classes + 1) + label];
                if (!(score > (float)_options.ScoreThreshold))
                    continue;
                Box box = _options.Coder.Decode(regions[region], deltas[region * _classes + label]).ClippedTo(frame.Width, frame.Height);
                candidates.Add(box.Scaled(1 / frame.ScaleX, 1 / frame.ScaleY), score, label);
            }
        }
        return [.. candidates.Best((float)_options.OverlapThreshold, _options.MostDetections)];
    }

    private static Tensor Constant(Tensor beside, Shape shape, float[] values) => Tensor.Leaf(beside.Device.Upload(shape, values, beside.DType));

    private LinearLayer Hidden(int place, LinearLayer layer)
    {
        layer.Weight.Start = Distribution.Xavier(layer.Weight.Shape.Rows, layer.Weight.Shape.Channels);
        layer.Bias.Start = Distribution.Constant(0);
        return Child($"bbox_head.shared_fcs.{place}", layer);
    }

    private LinearLayer Output(string name, int outputs, double deviation)
    {
        LinearLayer layer = Child($"bbox_head.{name}", new LinearLayer(_options.Width, outputs));
        layer.Weight.Start = Distribution.Normal(deviation);
        layer.Bias.Start = Distribution.Constant(0);
        return layer;
    }
}
