using System.Runtime.InteropServices;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>Boxes that may be detections, of which the best stay.</summary>
internal sealed class BoxCandidates
{
    private readonly List<Box> _boxes = [];
    private readonly List<float> _scores = [];
    private readonly List<int> _classes = [];

    public void Add(Box box, float score, int label)
    {
        _boxes.Add(box);
        _scores.Add(score);
        _classes.Add(label);
    }

    /// <summary>Those that are left of each class where no two overlap by more than the IoU, the highest score first.</summary>
    public IEnumerable<DetectedBox> Best(float overlap, int most) =>
        NonMaximumSuppression.KeepByClass<float>(CollectionsMarshal.AsSpan(_boxes), CollectionsMarshal.AsSpan(_scores), CollectionsMarshal.AsSpan(_classes), overlap, most)
            .Select(place => new DetectedBox(_boxes[place], _classes[place], _scores[place]));
}
