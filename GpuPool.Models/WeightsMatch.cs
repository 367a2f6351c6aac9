using GpuPool.Kernels;

namespace GpuPool.Models;

/// <summary>Which tensors of a file are those of a module.</summary>
/// <param name="Matched">Those that are, by their name in the file.</param>
/// <param name="Unmatched">Names of the module's others, and what the file has in another shape.</param>
/// <param name="Unused">Names of the file's others. PyTorch's counts of batches and torchvision's auxiliary classifier are not among them.</param>
public sealed record WeightsMatch(IReadOnlyList<(string Name, ModuleState State)> Matched, IReadOnlyList<string> Unmatched, IReadOnlyList<string> Unused)
{
    private const string Auxiliary = "AuxLogits.";

    internal static WeightsMatch Of((string Name, ModuleState State)[] states, ITensorFile file)
    {
        HashSet<string> all = [.. file.Names], given = [.. all];
        List<(string, ModuleState)> matched = [];
        List<string> unmatched = [];
        foreach ((string name, ModuleState state) in states)
        {
            Shape expected = state.Layout.ToPyTorch(state.Shape);
            if (given.Remove(name) && file.ShapeOf(name) == expected && file.IsFloating(name))
                matched.Add((name, state));
            else
                unmatched.Add(all.Contains(name) ? $"{name} {expected}, {file.TypeOf(name)} {file.ShapeOf(name)} there" : $"{name} {expected}");
        }
        string[] unused = [.. given
            .Where(name => !name.EndsWith(Weights.BatchCount, StringComparison.Ordinal) && !name.StartsWith(Auxiliary, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
        return new WeightsMatch(matched, unmatched, unused);
    }
}
