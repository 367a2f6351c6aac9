using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace GpuPool.Tests;

public sealed partial class UpperBoundTests
{
    [TestCase(1.0, false, true)]
    [TestCase(0.5, true, true)]
    [TestCase(1.5, false, false)]
    [TestCase(double.NaN, false, false)]
    [TestCase(double.PositiveInfinity, false, false)]
    public void Values_are_bounded_and_NaN_is_not(double value, bool below, bool noMore)
    {
        Assert.That(Is.Below(1).ApplyTo(value).IsSuccess, Is.EqualTo(below));
        Assert.That(Is.NoMoreThan(1).ApplyTo(value).IsSuccess, Is.EqualTo(noMore));
    }

    [Test]
    public void Nothing_is_below_a_bound_that_is_NaN() => Assert.That(Is.NoMoreThan(double.NaN).ApplyTo(1.0).IsSuccess, Is.False);

    [Test]
    public void No_test_uses_an_upper_bound_that_NaN_passes()
    {
        string tests = Path.GetDirectoryName(ThisFile())!;
        string[] lines = [.. Directory.EnumerateFiles(tests, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(tests, file).Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj"))
            .SelectMany(file => File.ReadLines(file).Where(line => RawUpperBound().IsMatch(line)).Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"))];
        Assert.That(lines, Is.Empty, "use Is.Below or Is.NoMoreThan");
    }

    [GeneratedRegex(@"\.(LessThan(OrEqualTo)?\(|AtMost\(|Negative\b)")]
    private static partial Regex RawUpperBound();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
