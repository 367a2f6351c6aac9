using System.Text.Json;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Training;

/// <summary>
/// The classes of a run in the order of their labels, <c>classes.json</c> in its folder: a network knows classes only by number, so under other names, or under the
/// same in another order, its answers would be wrong in silence.
/// </summary>
internal static class ClassNames
{
    private const string FileName = "classes.json";

    // So many are shown of a longer list, beginning just before the first that differs.
    private const int MostShown = 12;

    /// <summary>Writes the file.</summary>
    public static void Write(string run, IReadOnlyList<string> names, IDisk disk) =>
        AtomicFile.WriteText(Path.Combine(run, FileName), JsonSerializer.Serialize(names, Json.Line) + "\n", disk);

    /// <summary>Refuses a data set of other classes than those of a run. Runs of older versions do not say theirs; they take any.</summary>
    /// <param name="run">Folder of the run.</param>
    /// <param name="names">Classes of the data set.</param>
    /// <param name="allowOthers">Whether as many classes of other names, or in another order, may take the place of those of the run.</param>
    /// <exception cref="GpuPoolException">The classes are others (3), or the file cannot be read (11).</exception>
    public static void Check(string run, IReadOnlyList<string> names, bool allowOthers)
    {
        if (Read(run) is not { } known || known.SequenceEqual(names) || allowOthers && known.Length == names.Count)
            return;
        int difference = known.Zip(names).TakeWhile(pair => pair.First == pair.Second).Count();
        throw new GpuPoolException(
            ExitCode.Configuration,
            $"the run in {run} has the {known.Length} classes {Text(known, difference)}, and the data set has {names.Count}: {Text(names, difference)}",
            known.Length == names.Count
                ? "Give the classes the names that they had, or go on with --allow-other-classes of 'train', 'prune' and 'evaluate'."
                : "Give a data set of the classes that the run was trained with.");
    }

    /// <summary>The names; null where a run of an older version does not say them.</summary>
    /// <exception cref="GpuPoolException">The file cannot be read (11).</exception>
    public static string[]? Read(string run)
    {
        string file = Path.Combine(run, FileName);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<string[]>(File.ReadAllText(file), Json.Line) ?? throw new JsonException() : null;
        }
        catch (JsonException exception)
        {
            throw new GpuPoolException(
                ExitCode.DataCorrupt, $"{file} is not a list of names", "Restore the file, or remove it to go on without the names.", exception);
        }
    }

    private static string Text(IReadOnlyList<string> names, int difference)
    {
        int first = names.Count <= MostShown ? 0 : Math.Clamp(difference - 1, 0, names.Count - MostShown);
        IEnumerable<string> shown = names.Skip(first).Take(MostShown);
        return $"({(first > 0 ? "..., " : "")}{string.Join(", ", shown)}{(first + MostShown < names.Count ? ", ..." : "")})";
    }
}
