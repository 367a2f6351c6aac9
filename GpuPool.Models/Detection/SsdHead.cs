using System.Globalization;
using System.Runtime.InteropServices;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;
using GpuPool.Models.Backbones;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Detection;

/// <summary>
/// Classes and boxes of all anchors, from each level by a depthwise 3x3 convolution with batch norm and ReLU6 and a 1x1 convolution, for classes and boxes apart; and how that is
/// trained and read (Liu et al., 2016; mmdetection's SSDHead).
/// </summary>
public sealed class SsdHead : Module
{
    private const double StartDeviation = 0.001;

    private readonly SsdOptions _options;
    private readonly Sequential[] _classes, _boxes;

    /// <summary>A head without memory.</summary>
    /// <param name="channels">Channels of each level.</param>
    /// <param name="options">Classes and anchors.</param>
    public SsdHead(IReadOnlyList<int> channels, SsdOptions options)
    {
        ArgumentNullException.ThrowIfNull(channels);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _classes = [.. channels.Select((inputs, level) => Branch("cls_convs", level, inputs, options.Classes + 1))];
        _boxes = [.. channels.Select((inputs, level) => Branch("reg_convs", level, inputs, 4))];
        this.StartConvolutions(_ => Distribution.Normal(StartDeviation), Distribution.Constant(0)).StartDepthwise(_ => Distribution.Normal(StartDeviation));
    }

    /// <summary>What it says of all levels.</summary>
    public SsdPrediction Call(IReadOnlyList<Tensor> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        IReadOnlyList<Tensor> maps = Call(levels[0].Device, () => [.. levels.Zip(_classes, Run), .. levels.Zip(_boxes, Run)]);
        return new SsdPrediction([.. maps.Take(levels.Count)], [.. maps.Skip(levels.Count)]);

        static Tensor Run(Tensor level, Sequential branch) => branch.Call(level);
    }

    /// <summary>The losses of each picture, see <see cref="SsdLoss"/>.</summary>
    public SsdLoss Loss(SsdPrediction prediction, IReadOnlyList<IReadOnlyList<LabelledBox>> objects)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        return SsdLoss.Of(_options, Anchors(prediction), SsdPrediction.Rows(prediction.Classes, _options.Classes + 1), SsdPrediction.Rows(prediction.Boxes, 4), objects);
    }

    /// <summary>What is found in each picture, the highest score first.</summary>
    public IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(SsdPrediction prediction, IReadOnlyList<PictureFrame> frames)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(frames);
        Box[] anchors = Anchors(prediction);
        float[] scores = SsdPrediction.Rows(prediction.Classes, _options.Classes + 1).Softmax().Value.ToFloats();
        float[] deltas = SsdPrediction.Rows(prediction.Boxes, 4).Value.ToFloats();
        int columns = _options.Classes + 1;
        return [.. frames.Select((frame, picture) => Detect(
            prediction.Sizes, anchors, scores.AsSpan(picture * anchors.Length * columns, anchors.Length * columns),
            MemoryMarshal.Cast<float, BoxDeltas<float>>(deltas.AsSpan(4 * picture * anchors.Length, 4 * anchors.Length)), frame))];
    }

    private DetectedBox[] Detect(
        IReadOnlyList<(int Height, int Width)> sizes, ReadOnlySpan<Box> anchors, ReadOnlySpan<float> scores, ReadOnlySpan<BoxDeltas<float>> deltas, PictureFrame frame)
    {
        float threshold = (float)_options.ScoreThreshold;
        int columns = _options.Classes + 1, end = 0;
        var candidates = new BoxCandidates();
        List<float> level = [];
        List<int> pairs = [];
        for (int place = 0; place < sizes.Count; place++)
        {
            int begin = end;
            end += sizes[place].Height * sizes[place].Width * _options.Anchors[place].Cell.Count;
            level.Clear();
            pairs.Clear();
            for (int anchor = begin; anchor < end; anchor++)
            {
                for (int label = 0; label < _options.Classes; label++)
                {
                    float score = scores[anchor * columns + label];
                    if (score > threshold)
                    {
                        level.Add(score);
                        pairs.Add(anchor * columns + label);
                    }
                }
            }
            foreach (int best in Ranking.Best<float>(CollectionsMarshal.AsSpan(level), _options.CandidatesPerLevel))
            {
                (int anchor, int label) = Math.DivRem(pairs[best], columns);
                Box box = _options.Coder.Decode(anchors[anchor], deltas[anchor]).ClippedTo(frame.Width, frame.Height).Scaled(1 / frame.ScaleX, 1 / frame.ScaleY);
                candidates.Add(box, level[best], label);
            }
        }
        return [.. candidates.Best((float)_options.OverlapThreshold, _options.MostDetections)];
    }

    private Box[] Anchors(SsdPrediction prediction) => [.. _options.Anchors.Zip(prediction.Sizes, (level, size) => level.Of(size.Height, size.Width)).SelectMany(level => level)];

    private Sequential Branch(string name, int level, int inputs, int values) => Child(string.Create(CultureInfo.InvariantCulture, $"{name}.{level}"), Sequential.Of(
    [
        ConvolutionUnit.ForSsd(new DepthwiseConv2dLayer(inputs, new Window(3, padding: 1)), inputs),
        new Conv2dLayer(inputs, values * _options.Anchors[level].Cell.Count, new Window(1), bias: true),
    ]));
}
