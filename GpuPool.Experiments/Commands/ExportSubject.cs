using System.Globalization;
using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;
using GpuPool.Models;
using GpuPool.Models.Detection;
using GpuPool.Models.Export;
using GpuPool.Models.Pruning;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Commands;

/// <summary>What is exported: a network or a detector, without memory, and what its file says of it.</summary>
/// <param name="Module">The network or the detector.</param>
/// <param name="Size">Side of its square input in pixels.</param>
/// <param name="Seed">Of its start values.</param>
/// <param name="Metadata">Texts by name.</param>
internal sealed record ExportSubject(Module Module, int Size, ulong Seed, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>A network with its start values.</summary>
    public static ExportSubject Of(string label, NetworkOptions options, int size) =>
        new(Create(label, options), size, options.Seed, Describe(label, options.Width, options.Seed));

    /// <summary>A saved run.</summary>
    public static ExportSubject Of(RunFolder run, SafetensorsFile weights, int size)
    {
        TrainingConfig config = run.Config;
        IReadOnlyList<string> names = run.ReadClassNames();
        bool isDetector = DetectorArchitecture.IsDetector(config.Architecture);
        var options = new NetworkOptions(names.Count, config.Width, config.Seed, Channels: isDetector ? null : CompactWeights.Channels(weights));
        Normalisation colours = isDetector ? DetectorRecipe.Transform(config).Normalisation : config.Preprocessing.Evaluation(size).Normalisation;
        Dictionary<string, string> metadata = new(Describe(config.Architecture, config.Width, config.Seed))
        {
            ["labels"] = JsonSerializer.Serialize(names, Json.Line),
            ["preprocessing"] = JsonSerializer.Serialize(Preprocessing(colours, isDetector ? null : config.Preprocessing.Evaluation(size).ShorterSide), Json.Line),
            ["weights"] = Path.GetFileName(weights.Path),
        };
        return new(Create(config.Architecture, options), size, config.Seed, metadata);
    }

    /// <summary>Writes the file.</summary>
    public void Write(string file, OnnxOptions options)
    {
        if (Module is Detector detector)
            detector.ExportOnnx(file, Size, Size, options);
        else
            ((Network)Module).ExportOnnx(file, Size, Size, options);
    }

    /// <summary>What the file is to give for an input (N, H, W, 3).</summary>
    public IReadOnlyList<Tensor> Outputs(Tensor input) => Module is Detector detector ? detector.Maps(input) : [Module.Call(input)];

    private static Module Create(string label, NetworkOptions options) => DetectorArchitecture.IsDetector(label)
        ? DetectorArchitecture.Parse(label).Create(options)
        : new Network(Architecture.Parse(label), options);

    private static Dictionary<string, string> Describe(string label, double width, ulong seed) => new()
    {
        ["architecture"] = label,
        ["width"] = width.ToString(CultureInfo.InvariantCulture),
        ["seed"] = seed.ToString(CultureInfo.InvariantCulture),
        ["revision"] = Revision.Current,
    };

    // Pixels are red, green, blue from 0 to 1 before the mean is taken off.
    private static object Preprocessing(Normalisation colours, int? shorterSide) => new
    {
        Mean = new[] { colours.MeanRed, colours.MeanGreen, colours.MeanBlue },
        Deviation = new[] { colours.DeviationRed, colours.DeviationGreen, colours.DeviationBlue },
        ShorterSide = shorterSide,
    };
}
