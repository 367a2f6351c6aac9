using GpuPool.Kernels;

namespace GpuPool.Models.Detection;

/// <summary>A kind of detector on a backbone. Its label is <c>DETECTOR-LABEL</c> with the label of the backbone, for example <c>ssd-mobilenet_v2-nlp_headfix2-1222121</c>.</summary>
/// <param name="Family">The kind.</param>
/// <param name="Backbone">The backbone with its pools.</param>
public sealed record DetectorArchitecture(DetectorFamily Family, Architecture Backbone)
{
    /// <summary>Whether a label begins with the word of a detector.</summary>
    public static bool IsDetector(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return DetectorFamily.All.Any(family => label.StartsWith($"{family.Word}-", StringComparison.Ordinal));
    }

    /// <summary>Reads a label.</summary>
    /// <exception cref="ArchitectureException">It is no label, one of its words is unknown, or a detector has no such backbone.</exception>
    public static DetectorArchitecture Parse(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        string word = label.Split('-')[0];
        DetectorFamily family = DetectorFamily.All.FirstOrDefault(known => known.Word == word)
            ?? throw new ArchitectureException($"architecture '{label}': {DetectorFamily.Unknown(word).Message}");
        if (word.Length == label.Length)
            throw new ArchitectureException($"architecture '{label}': the form is DETECTOR-BACKBONE-POOL-STRIDES, such as ssd-mobilenet_v2-nlp_headfix2-1222121");
        var backbone = Architecture.Parse(label[(word.Length + 1)..]);
        if (backbone.Pooling.Method.Head is not null)
            throw new ArchitectureException($"architecture '{label}': '{backbone.Pooling}' pools before a classifier, which a detector has not");
        return new DetectorArchitecture(family, backbone);
    }

    /// <summary>The label, which <see cref="Parse"/> reads back.</summary>
    public override string ToString() => $"{Family.Word}-{Backbone}";

    /// <summary>A detector without memory.</summary>
    /// <param name="options">Classes and width.</param>
    /// <exception cref="ArchitectureException">The options do not fit, or the backbone has not the maps that the detector takes.</exception>
    public Detector Create(NetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Classes < 1)
            throw new ArchitectureException($"a detector must have at least one class, but has {options.Classes}");
        if (options.Channels is not null)
            throw new ArchitectureException("a detector has no pruned channels");
        return Family.Create(Backbone, options.Classes, options.Width);
    }

    /// <summary>A detector on a device, with the start values that belong to its seed.</summary>
    /// <inheritdoc cref="Create(NetworkOptions)" path="/exception"/>
    /// <exception cref="DeviceMemoryException">It does not fit.</exception>
    public Detector Create(Device device, NetworkOptions options)
    {
        Detector detector = Create(options);
        detector.Allocate(device, options.DType, options.Seed);
        return detector;
    }
}
