using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using GpuPool.Experiments;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Tests.Experiments;

/// <summary>What the pages link to is there, what they tell to type is understood, and the index has them all.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] _commandsWithLabel = ["train", "profile", "plan", "bench"];

    private static string[] Pages => [.. Directory.GetFiles(Path.Combine(Root(), "docs"), "*.md"), .. new[] { "README.md", "CONTRIBUTING.md", "samples/README.md" }.Select(name => Path.Combine(Root(), name))];

    private static IEnumerable<TestCaseData> Commands =>
        from page in Pages.Concat(Directory.GetDirectories(Root(), "GpuPool.*").Select(project => Path.Combine(project, "README.md")).Where(File.Exists))
        from block in CodeBlock.Matches(File.ReadAllText(page))
        from line in block.Groups["code"].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        where line.StartsWith("gpupool ", StringComparison.Ordinal)
        select new TestCaseData(line).SetArgDisplayNames($"{Path.GetRelativePath(Root(), page)}: {line}");

    [GeneratedRegex(@"\]\((?<link>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"```sh\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock { get; }

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word { get; }

    [TestCaseSource(nameof(Pages))]
    public void Links_lead_to_files(string page)
    {
        IEnumerable<string> links = Link.Matches(File.ReadAllText(page)).Select(match => match.Groups["link"].Value).Where(link => !link.Contains("://", StringComparison.Ordinal));
        Assert.That(links.Where(link => !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, link))), Is.Empty);
    }

    [TestCaseSource(nameof(Commands))]
    public void Commands_are_understood(string line)
    {
        string[] words = [.. Word.Matches(line).Skip(1).Select(match => match.Value.Trim('"'))];
        ParseResult parsed = Cli.Root(new Session(TextWriter.Null, TextWriter.Null, CancellationToken.None)).Parse(words);
        Assert.That(parsed.Errors.Select(error => error.Message), Is.Empty);
        Assert.That(parsed.UnmatchedTokens, Is.Empty);
        if (_commandsWithLabel.Contains(words[0]))
            Assert.That(() => DetectorArchitecture.IsDetector(words[1]) ? (object)DetectorArchitecture.Parse(words[1]) : Architecture.Parse(words[1]), Throws.Nothing);
    }

    [Test]
    public void The_index_and_the_contents_of_the_site_have_every_page()
    {
        string folder = Path.Combine(Root(), "docs");
        string[] pages = [.. Directory.GetFiles(folder, "*.md").Select(page => Path.GetFileName(page)!).Where(page => page != "index.md").Order(StringComparer.Ordinal)];
        IEnumerable<string> listed = Link.Matches(File.ReadAllText(Path.Combine(folder, "index.md"))).Select(match => match.Groups["link"].Value).Where(link => !link.StartsWith("..", StringComparison.Ordinal));
        Assert.That(listed, Is.EquivalentTo(pages));
        IEnumerable<string> contents = File.ReadLines(Path.Combine(folder, "toc.yml")).Where(line => line.EndsWith(".md", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1]);
        Assert.That(contents, Is.EquivalentTo(pages.Append("index.md")));
    }

    [Test]
    public void Every_exit_code_is_explained()
    {
        string text = File.ReadAllText(Path.Combine(Root(), "docs", "errors.md"));
        foreach (ExitCode code in Enum.GetValues<ExitCode>())
            Assert.That(text, Does.Contain(string.Create(CultureInfo.InvariantCulture, $"| {(int)code} | {code} |")));
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
