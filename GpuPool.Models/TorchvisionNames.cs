using System.Globalization;
using System.Text.RegularExpressions;
using GpuPool.Models.Backbones;

namespace GpuPool.Models;

/// <summary>What torchvision calls the tensors of its network of the same kind: ours without the leading <c>net.</c>, but for MobileNetV2, whose blocks it counts through.</summary>
internal static partial class TorchvisionNames
{
    [GeneratedRegex(@"^features\.(?<stage>\d+)\.(?<block>\d+)\.conv\.(?<part>\d+)\.(?<rest>\w+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Block { get; }

    [GeneratedRegex(@"(?<=\.denselayer\d+\.)(norm|conv)([12])(?=\.)", RegexOptions.CultureInvariant)]
    private static partial Regex DenseLayer { get; }

    /// <summary>The names of a network's tensors.</summary>
    public static (string Name, ModuleState State)[] Of(Network network)
    {
        (string Name, ModuleState State)[] names = [.. network.States.Select(entry => (entry.Name[(Network.Prefix.Length + 1)..], entry.State))];
        return network.Backbone is MobileNetV2 ? MobileNet(names) : names;
    }

    /// <summary>The names in its older files: DenseNet's layers had a point before their number, as in <c>denselayer1.norm.1</c>.</summary>
    public static (string Name, ModuleState State)[] Older((string Name, ModuleState State)[] names) => [.. names.Select(entry => (DenseLayer.Replace(entry.Name, "$1.$2"), entry.State))];

    private static (string Name, ModuleState State)[] MobileNet((string Name, ModuleState State)[] names)
    {
        string[] blocks = [.. names.Select(entry => Block.Match(entry.Name)).Where(match => match.Success).Select(Place).Distinct()];
        Dictionary<string, int> last = names.Select(entry => Block.Match(entry.Name)).Where(match => match.Success)
            .GroupBy(Place).ToDictionary(group => group.Key, group => group.Max(Part));
        return [.. names.Select(entry => (Rename(entry.Name), entry.State))];

        string Rename(string name)
        {
            if (Block.Match(name) is { Success: true } match)
            {
                // Of each convolution, norm and activation torchvision makes one module; the last convolution and its norm stand alone.
                (int part, int end) = (Part(match), last[Place(match)]);
                string place = part >= end - 1 ? Text($"{part / 3 + part % 3}") : Text($"{part / 3}.{part % 3}");
                return Text($"features.{Array.IndexOf(blocks, Place(match)) + 1}.conv.{place}.{match.Groups["rest"].Value}");
            }
            return name.StartsWith("conv1.", StringComparison.Ordinal) ? $"features.0{name["conv1".Length..]}"
                : name.StartsWith("conv2.", StringComparison.Ordinal) ? Text($"features.{blocks.Length + 1}{name["conv2".Length..]}")
                : name.StartsWith("classifier.", StringComparison.Ordinal) ? $"classifier.1{name["classifier".Length..]}"
                : name;
        }
    }

    private static string Place(Match match) => $"{match.Groups["stage"].Value}.{match.Groups["block"].Value}";

    private static int Part(Match match) => int.Parse(match.Groups["part"].Value, CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
