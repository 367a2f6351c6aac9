using System.Text.RegularExpressions;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>What an innermost loop of a kernel does in each turn.</summary>
/// <param name="MultiplyAdds">Products of floating-point numbers.</param>
/// <param name="Loads">Loads, but for those of parameters.</param>
/// <param name="GenericLoads">Loads of which the code does not say from what memory.</param>
internal sealed partial record PtxLoop(int MultiplyAdds, int Loads, int GenericLoads)
{
    /// <summary>The innermost loops: from a label to a branch back to it, without another one between.</summary>
    public static IReadOnlyList<PtxLoop> Innermost(string text)
    {
        Dictionary<string, int> labels = Label().Matches(text).ToDictionary(label => label.Groups["name"].Value, label => label.Index);
        (int Start, int End)[] loops = [.. Branch().Matches(text).Select(branch => (labels[branch.Groups["name"].Value], branch.Index)).Where(loop => loop.Item1 < loop.Item2)];
        return [.. loops.Where(loop => !loops.Any(other => other != loop && other.Start >= loop.Start && other.End <= loop.End)).Select(loop => Of(text[loop.Start..loop.End]))];
    }

    private static PtxLoop Of(string turn) => new(Product().Count(turn), Load().Count(turn), GenericLoad().Count(turn));

    [GeneratedRegex(@"^\s*(?<name>\w+):", RegexOptions.Multiline)]
    private static partial Regex Label();

    [GeneratedRegex(@"\bbra(\.uni)?\s+(?<name>\w+);")]
    private static partial Regex Branch();

    [GeneratedRegex(@"\b(mul|fma\.rn|mad\.rn)\.f(32|64)\b")]
    private static partial Regex Product();

    [GeneratedRegex(@"\bld\.(?!param)")]
    private static partial Regex Load();

    [GeneratedRegex(@"\bld\.(v[24]\.)?[bfsu](8|16|32|64)\b")]
    private static partial Regex GenericLoad();
}
