namespace GpuPool.Experiments.Report;

/// <summary>What plots call the methods of a network: with the placement where it has a method at several.</summary>
/// <param name="methods">All methods with their placements.</param>
internal sealed class MethodNames(IEnumerable<(string Method, string Placement)> methods)
{
    /// <summary>The method that the paper proposes.</summary>
    public const string OfPaper = "self-attentive";

    private readonly HashSet<(string Method, string Placement)> _methods = [.. methods];

    /// <summary>The name of a method. The placement of strided convolution is empty.</summary>
    public string this[string method, string placement] =>
        placement.Length > 0 && _methods.Count(other => other.Method == method) > 1 ? $"{method} ({placement})" : method;

    /// <summary>Whether a method is the paper's own, whole or pruned.</summary>
    public static bool IsOfPaper(string method) => method.StartsWith(OfPaper, StringComparison.Ordinal);
}
