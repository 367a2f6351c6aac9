using GpuPool.Kernels;

namespace GpuPool.Models.Backbones;

/// <summary>A branch of an <see cref="InceptionBlock"/>: convolutions one behind the other, each with batch norm and relu.</summary>
/// <param name="Chain">The convolutions; none for the input as it is.</param>
public sealed record InceptionBranch(params IReadOnlyList<InceptionConvolution> Chain)
{
    /// <summary>A module in front of them, which keeps the number of channels.</summary>
    public (string Name, Module Module)? Entry { get; init; }

    /// <summary>Convolutions behind them that read the same map, with their channels one after another.</summary>
    public IReadOnlyList<InceptionConvolution> Fork { get; init; } = [];

    /// <summary>What runs one behind the other: the chain, and the fork as one step.</summary>
    internal IEnumerable<InceptionConvolution[]> Steps
    {
        get
        {
            foreach (InceptionConvolution convolution in Chain)
                yield return [convolution];
            if (Fork.Count > 0)
                yield return [.. Fork];
        }
    }
}

/// <summary>A convolution of an <see cref="InceptionBranch"/>.</summary>
/// <param name="Name">Its name in torchvision.</param>
/// <param name="Channels">Channels of its output.</param>
/// <param name="Window">Its window.</param>
public sealed record InceptionConvolution(string Name, int Channels, Window Window);
