using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;
using GpuPool.Models.Backbones;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Detection;

/// <summary>
/// Position, size, confidence and classes of all anchors, from each level by a 3x3 convolution with batch norm and leaky ReLU and a 1x1 convolution; and how that is trained and read
/// (Redmon and Farhadi, 2018; mmdetection's YOLOV3Head).
/// </summary>
public sealed class YoloHead : Module
{
    private const double StartDeviation = 0.01;

    // Start values: so many objects in a picture of so many pixels, and each class as rare as this.
    private const double StartObjects = 8, StartSide = 608, StartClass = 0.01;

    private readonly YoloOptions _options;
    private readonly Sequential[] _bridges;
    private readonly Conv2dLayer[] _predictions;

    /// <summary>A head without memory.</summary>
    /// <param name="options">Classes, channels and anchors.</param>
    public YoloHead(YoloOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _bridges = [.. options.HeadChannels.Select((channels, level) =>
            Child(Name("convs_bridge", level), ConvolutionUnit.ForYolo(options.NeckChannels[level], channels, 3)))];
        _predictions = [.. options.HeadChannels.Select((channels, level) => Child(
            Name("convs_pred", level), new Conv2dLayer(channels, options.Columns * options.Anchors[level].Cell.Count, new Window(1), bias: true)))];
        this.StartConvolutions(_ => Distribution.Normal(StartDeviation));
        for (int level = 0; level < _predictions.Length; level++)
            _predictions[level].Bias!.Start = BiasAtStart(options.Anchors[level].Stride);
    }

    /// <summary>What it says of each level: (N, H, W, A (5 + K)) anchor by anchor, x, y, width, height, confidence, classes.</summary>
    public IReadOnlyList<Tensor> Call(IReadOnlyList<Tensor> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        return Call(levels[0].Device, () => [.. levels.Select((level, place) => _predictions[place].Call(_bridges[place].Call(level)))]);
    }

    /// <summary>The losses, see <see cref="YoloLoss"/>.</summary>
    public YoloLoss Loss(IReadOnlyList<Tensor> predictions, IReadOnlyList<IReadOnlyList<LabelledBox>> objects) => YoloLoss.Of(_options, predictions, objects);

    /// <summary>What is found in each picture, the highest score first. Boxes may reach beyond the picture.</summary>
    public IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(IReadOnlyList<Tensor> predictions, IReadOnlyList<PictureFrame> frames)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(frames);
        BoxCandidates[] candidates = [.. frames.Select(_ => new BoxCandidates())];
        for (int level = 0; level < predictions.Count; level++)
        {
            AnchorLevel anchors = _options.Anchors[level];
            Shape shape = predictions[level].Shape;
            Box[] map = [.. anchors.Of(shape[1], shape[2])];
            float[] raw = predictions[level].Value.ToFloats();
            for (int row = 0; row < frames.Count * map.Length; row++)
            {
                int picture = row / map.Length;
                Collect(candidates[picture], raw.AsSpan(row * _options.Columns, _options.Columns), map[row % map.Length], anchors.Stride, frames[picture]);
            }
        }
        return [.. candidates.Select(found => (IReadOnlyList<DetectedBox>)[.. found.Best((float)_options.OverlapThreshold, _options.MostDetections)])];
    }

    private void Collect(BoxCandidates candidates, ReadOnlySpan<float> raw, Box anchor, int stride, PictureFrame frame)
    {
        float confidence = Sigmoid(raw[4]);
        if (!(confidence >= (float)_options.ConfidenceThreshold))
            return;
        Box? box = null;
        for (int label = 0; label < _options.Classes; label++)
        {
            float score = Sigmoid(raw[5 + label]);
            if (!(score > (float)_options.ScoreThreshold))
                continue;
            box ??= YoloCoder.Decode(anchor, new BoxDeltas<float>(Sigmoid(raw[0]), Sigmoid(raw[1]), raw[2], raw[3]), stride).Scaled(1 / frame.ScaleX, 1 / frame.ScaleY);
            candidates.Add(box.Value, score * confidence, label);
        }
    }

    private Distribution BiasAtStart(int stride)
    {
        double[] values = new double[_options.Columns];
        values[4] = Logit(StartObjects / Math.Pow(StartSide / stride, 2));
        values.AsSpan(5).Fill(Logit(StartClass));
        return Distribution.Repeated(values);
    }

    private static double Logit(double probability) => Math.Log(probability / (1 - probability));

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    private static string Name(string name, int level) => string.Create(CultureInfo.InvariantCulture, $"{name}.{level}");
}
