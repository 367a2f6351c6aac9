using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace GpuPool.Tests;

/// <summary>
/// What the folders of a project use of each other, read from the sources: a folder uses another whose namespace it opens or one of whose types it names by that
/// namespace. The files in a project's root are its face, which uses what is behind it and is used by all; they are left out.
/// </summary>
[TestFixture("GpuPool.Kernels")]
[TestFixture("GpuPool.Autograd")]
[TestFixture("GpuPool.Models")]
[TestFixture("GpuPool.Experiments")]
public sealed partial class FolderTests(string project)
{
    private SortedDictionary<string, SortedSet<string>> _uses = null!;

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment { get; }

    [GeneratedRegex(@"^[ \w]*\b(?:class|struct|record|interface|enum|delegate \S+) (?:struct |class )?(\w+)", RegexOptions.Multiline)]
    private static partial Regex Type { get; }

    [OneTimeSetUp]
    public void ReadSources()
    {
        ILookup<string, string> sources = Directory.EnumerateFiles(Path.Combine(Root(), project), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText)
            .Select(source => (Folder: Folder(source), Code: Comment.Replace(source, "")))
            .Where(source => source.Folder.Length > 0)
            .ToLookup(source => source.Folder, source => source.Code);
        Dictionary<string, Regex> mentions = sources.ToDictionary(folder => folder.Key, folder => Mention(folder.Key, folder));
        _uses = [];
        foreach (IGrouping<string, string> folder in sources)
            _uses[folder.Key] = [.. mentions.Where(other => other.Key != folder.Key && folder.Any(other.Value.IsMatch)).Select(other => other.Key)];
    }

    [Test]
    public void Folders_do_not_use_each_other_in_circles()
    {
        Dictionary<string, SortedSet<string>> left = new(_uses);
        // What uses nothing that is left is in no circle.
        while (left.Keys.FirstOrDefault(folder => !_uses[folder].Any(left.ContainsKey)) is { } last)
            left.Remove(last);
        Assert.That(left.Select(folder => $"{folder.Key} -> {string.Join(", ", folder.Value.Where(left.ContainsKey))}"), Is.Empty);
    }

    [Test]
    public void The_drawing_in_CONTRIBUTING_shows_what_each_folder_uses()
    {
        IEnumerable<string> drawing = File.ReadLines(Path.Combine(Root(), "CONTRIBUTING.md")).SkipWhile(line => line != project).Skip(1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal));
        Assert.That(drawing, Is.EqualTo(_uses.Select(folder => $"  {folder.Key} -> {string.Join(", ", folder.Value)}".TrimEnd(' ', '-', '>'))));
    }

    // The namespace behind the project's; empty for the root.
    private string Folder(string source) => Regex.Match(source, $@"^namespace {Regex.Escape(project)}\.(\w+)", RegexOptions.Multiline).Groups[1].Value;

    private Regex Mention(string folder, IEnumerable<string> code)
    {
        IEnumerable<string> types = code.SelectMany(text => Type.Matches(text)).Select(match => match.Groups[1].Value).Distinct();
        return new Regex($@"\b{Regex.Escape(project)}\.{folder}\b|\b{folder}\.(?:{string.Join('|', types)})\b");
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, ".."));
}
