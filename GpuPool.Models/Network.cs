using GpuPool.Kernels;
using GpuPool.Models.Backbones;
using GpuPool.Models.Export;
using GpuPool.Models.Layers;
using GpuPool.Models.Pruning;

namespace GpuPool.Models;

/// <summary>A classifier of the paper, a backbone and a head: images (N, H, W, 3) to logits (N, classes). Its tensors have the names of the released code.</summary>
public sealed class Network : Sequential
{
    /// <summary>Red, green, blue.</summary>
    public const int ImageChannels = 3;

    // The released code keeps backbone and head in one module of this name.
    internal const string Prefix = "net";

    /// <summary>A network without memory; see <see cref="Module.Allocate"/>.</summary>
    /// <exception cref="ArchitectureException">The options do not fit the architecture.</exception>
    public Network(Architecture architecture, NetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(options);
        (Architecture, Options) = (architecture, options);
        if (options.Classes < 1)
            throw new ArchitectureException($"a network must have at least one class, but has {options.Classes}");
        BackboneFamily family = architecture.Family;
        Backbone = architecture.CreateBackbone(options.Width);
        Append(Prefix, Backbone);
        int channels = Backbone.Stages[^1].Channels;
        IReadOnlyList<(string Name, Module Module)> modules = architecture.Pooling.Method.Head is { } head
            ? [("head", head(channels, options.Classes))]
            : family.Head(channels, options.Classes);
        foreach ((string name, Module module) in modules)
            Append($"{Prefix}.{name}", module);
        family.Start(this);
        if (options.Channels is { } left)
            FirstStage.Narrow(this, left);
    }

    /// <summary>What it is.</summary>
    public Architecture Architecture { get; }

    /// <summary>Its classes, width, seed, element type, and what pruning left.</summary>
    public NetworkOptions Options { get; }

    /// <summary>All but the head.</summary>
    public Backbone Backbone { get; }

    /// <summary>Side of the smallest square image that the network takes, in pixels; null where those that are not too small are too large.</summary>
    public int? SmallestImage
    {
        get
        {
            int fits = 1;
            while (Fault(fits) == ShapeFault.TooSmall)
                fits *= 2;
            for (int tooSmall = fits / 2; fits - tooSmall > 1;)
            {
                int middle = (tooSmall + fits) / 2;
                if (Fault(middle) == ShapeFault.TooSmall)
                    tooSmall = middle;
                else
                    fits = middle;
            }
            return Fault(fits) is null ? fits : null;
        }
    }

    /// <summary>A network on a device, with the start values that belong to its seed.</summary>
    /// <exception cref="ArchitectureException">The options do not fit the architecture.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit.</exception>
    public static Network Create(Device device, Architecture architecture, NetworkOptions? options = null)
    {
        var network = new Network(architecture, options ?? new NetworkOptions());
        network.Allocate(device, network.Options.DType, network.Options.Seed);
        return network;
    }

    /// <summary>Writes the network, in evaluation, as ONNX: <c>input</c> (N, 3, H, W), <c>output</c> (N, classes), in standard operators.</summary>
    /// <inheritdoc cref="OnnxExport.Write" path="/param[@name != 'forward' and @name != 'module']"/>
    /// <inheritdoc cref="OnnxExport.Write" path="/exception"/>
    public void ExportOnnx(string path, int height, int width, OnnxOptions? options = null) => OnnxExport.Write(this, path, height, width, image => [Call(image)], options);

    private ShapeFault? Fault(int size)
    {
        try
        {
            Infer(new Shape(1, size, size, ImageChannels));
            return null;
        }
        catch (ShapeException exception)
        {
            return exception.Fault;
        }
    }
}
