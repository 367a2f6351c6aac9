using System.Globalization;

namespace GpuPool.Experiments;

/// <summary>Names in a message, which stays one that can be read however many they are.</summary>
internal static class NameList
{
    /// <summary>The first of them with commas between, and how many more there are: <c>a, b, c and 5 more</c>.</summary>
    /// <param name="names">The names.</param>
    /// <param name="most">So many are named at most.</param>
    public static string Of(IReadOnlyCollection<string> names, int most = 4) =>
        string.Join(", ", names.Take(most)) + (names.Count > most ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - most} more") : "");
}
