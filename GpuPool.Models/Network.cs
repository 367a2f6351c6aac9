using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Backbones;
using GpuPool.Models.Costs;
using GpuPool.Models.Pruning;

namespace GpuPool.Models;

/// <summary>A classifier of the paper: images (N, H, W, 3) to logits (N, classes). Its tensors have the names of the released code.</summary>
public sealed class Network : Module
{
    /// <summary>Red, green, blue.</summary>
    public const int ImageChannels = 3;

    private readonly Module _backbone;

    /// <summary>A network without memory; see <see cref="Module.Allocate"/>.</summary>
    /// <exception cref="ArchitectureException">The options do not fit the architecture.</exception>
    public Network(Architecture architecture, NetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(options);
        (Architecture, Options) = (architecture, options);
        if (options.Classes < 1)
            throw new ArchitectureException($"a network must have at least one class, but has {options.Classes}");
        if (architecture.Family == BackboneFamily.ResNet18 ? options.Width != 1 : options.Width is not (>= 0.05 and <= 8))
            throw new ArchitectureException(string.Create(CultureInfo.InvariantCulture,
                $"the width must be 1 for resnet18 and from 0.05 to 8 for mobilenet, but is {options.Width}"));
        _backbone = Child("net", architecture.Family == BackboneFamily.ResNet18
            ? new ResNet18(architecture, options.Classes)
            : (Module)new MobileNetV2(architecture, options.Classes, options.Width));
        if (options.Channels is { } channels)
            FirstStage.Narrow(this, channels);
    }

    /// <summary>What it is.</summary>
    public Architecture Architecture { get; }

    /// <summary>Its classes, width, seed, element type, and what pruning left.</summary>
    public NetworkOptions Options { get; }

    /// <summary>A network on a device, with the start values that belong to its seed.</summary>
    /// <exception cref="ArchitectureException">The options do not fit the architecture.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit.</exception>
    public static Network Create(Device device, Architecture architecture, NetworkOptions? options = null)
    {
        var network = new Network(architecture, options ?? new NetworkOptions());
        network.Allocate(device, network.Options.DType, network.Options.Seed);
        return network;
    }

    /// <inheritdoc/>
    public override Map Measure(Map x, CostBook book) => _backbone.Measure(x, book);

    /// <inheritdoc/>
    public override ChannelGroup Follow(ChannelGroup x) => _backbone.Follow(x);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => _backbone.Call(x);
}
