using System.IO.Enumeration;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pooling;

namespace GpuPool.Experiments.Planning;

/// <summary>Finds stride of the first stage, width and pooling method of a network whose maps fit into a memory, by analysis.</summary>
/// <param name="label">Backbone, placement, strides behind the first, prepool, and a pooling method to try beside the others.</param>
/// <param name="size">Side of the image in pixels.</param>
/// <param name="classes">Number of classes.</param>
internal sealed class MemoryPlan(Architecture label, int size, int classes)
{
    // The paper's method in the two forms of its experiments; the other self-attentive words are ablations that need as much memory.
    private static readonly string[] SelfAttentive = ["nlp_headfix2", "nlp_headfix2_reduced"];

    private readonly Dictionary<(int, double), long> _backbones = [];

    /// <summary>What is tried: the label's pooling, both forms of the paper's, and every method that is not self-attentive.</summary>
    public IReadOnlyList<string> Poolings { get; } =
    [
        .. PoolingMethod.All.Where(method => !method.IsSelfAttentive).Select(method => method.Word).Concat(SelfAttentive).Prepend($"{label.Pooling}").Distinct(),
    ];

    /// <summary>
    /// The candidates, those that fit first. They are ordered by the multiply-adds of their strided form, so that the largest backbone leads whatever its
    /// pooling costs; then the label's own pooling leads, then the smallest peak. Those that do not fit are ordered by their overshoot.
    /// </summary>
    /// <param name="budgetBytes">Memory for maps.</param>
    /// <param name="firstStrides">Values of s1.</param>
    /// <param name="widths">Width multipliers.</param>
    /// <param name="poolings">Pattern of the words in <see cref="Poolings"/>.</param>
    /// <param name="types">Element types.</param>
    /// <param name="interrupt">Ends the search.</param>
    /// <exception cref="GpuPoolException">No pooling matches the pattern (2).</exception>
    /// <exception cref="ArchitectureException">No combination is a network.</exception>
    /// <exception cref="ShapeException">The image is too small for all of them.</exception>
    public IReadOnlyList<PlanCandidate> Search(
        long budgetBytes, IReadOnlyList<int> firstStrides, IReadOnlyList<double> widths, string poolings, IReadOnlyList<ElementType> types, CancellationToken interrupt)
    {
        string[] words = [.. Poolings.Where(word => FileSystemName.MatchesSimpleExpression(poolings, word))];
        if (words.Length == 0)
            throw new GpuPoolException(ExitCode.Usage, $"no pooling method matches '{poolings}'", UsageError.Known("methods", [.. Poolings]));
        List<PlanCandidate> candidates = [];
        Exception? refusal = null;
        foreach ((int firstStride, double width, string word) in from s1 in firstStrides from width in widths from word in words select (s1, width, word))
        {
            interrupt.ThrowIfCancellationRequested();
            try
            {
                Architecture architecture = With(firstStride, PoolingChoice.Parse(word));
                Cost cost = Count(architecture, width);
                candidates.AddRange(types.Select(type => Candidate(architecture, width, type, cost, Backbone(firstStride, width), budgetBytes)));
            }
            // Not every combination is a network: ResNet18 has one width, some patches one first stride, some images too few pixels.
            catch (Exception exception) when (exception is ArchitectureException or ShapeException { Fault: not ShapeFault.TooLarge })
            {
                refusal ??= exception;
            }
        }
        return candidates.Count == 0
            ? throw refusal!
            :
            [
                .. candidates.OrderBy(candidate => candidate.OvershootBytes)
                    .ThenByDescending(candidate => candidate.BackboneMultiplyAdds)
                    .ThenByDescending(candidate => candidate.Pooling == Poolings[0])
                    .ThenBy(candidate => candidate.PeakBytes),
            ];
    }

    private static PlanCandidate Candidate(Architecture architecture, double width, ElementType type, Cost cost, long backbone, long budgetBytes) => new(
        architecture.ToString(),
        architecture.Strides[0],
        width,
        architecture.Pooling.ToString(),
        type,
        cost.PeakBytes * (int)type,
        cost.PeakLayer.Name,
        cost.Parameters * (int)type,
        cost.MultiplyAdds,
        backbone,
        Math.Max(0, cost.PeakBytes * (int)type - budgetBytes));

    private long Backbone(int firstStride, double width)
    {
        if (!_backbones.TryGetValue((firstStride, width), out long count))
            _backbones.Add((firstStride, width), count = Count(With(firstStride, new PoolingChoice(PoolingMethod.Strided)), width).MultiplyAdds);
        return count;
    }

    private Architecture With(int firstStride, PoolingChoice pooling) =>
        new(label.Family, label.Placement, pooling, [firstStride, .. label.Strides.Skip(1)], label.Prepool, label.Sides);

    private Cost Count(Architecture architecture, double width) => Cost.Of(architecture, new NetworkOptions(classes, width), size, elementBytes: 1);
}
