using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using GpuPool.Experiments;

namespace GpuPool.Tests.Experiments;

/// <summary>The page as a browser lays it out; skipped where there is no Chromium.</summary>
public sealed class ReportWidthTests
{
    private const long MostBytes = 3 << 20;

    private static readonly int[] Widths = [390, 820, 1440];

    [Test, Category("Nightly")]
    public void Nothing_is_wider_than_the_window_on_phones_tablets_and_desks_and_the_page_is_small()
    {
        string? browser = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        using var folder = new TemporaryFolder();
        string results = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "results");
        CommandLine run = CommandLine.Run("report", "--results", results, "--out", folder["report.html"], "--plots", folder["plots"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(new FileInfo(folder["report.html"]).Length, Is.Below(MostBytes));
        if (browser is null)
            Assert.Ignore("No Chromium is installed in /usr/bin, so the page is not laid out.");
        string page = WebUtility.HtmlEncode(File.ReadAllText(folder["report.html"]).Replace("<details>", "<details open=\"\">", StringComparison.Ordinal));
        string frames = string.Concat(Widths.Select(width => $"<iframe width='{width}' height='800' style='border:0' srcdoc=\"{page}\"></iframe>"));
        File.WriteAllText(folder["frames.html"], $$"""
            <!DOCTYPE html><html><body>{{frames}}<pre id="widths"></pre><script>
            window.onload = () => { document.getElementById('widths').textContent =
              'widths ' + Array.from(document.querySelectorAll('iframe')).map(frame => frame.contentDocument.documentElement.scrollWidth).join(' ') + ' end'; };
            </script></body></html>
            """);
        string dom = Dump(browser!, folder["frames.html"], folder["profile"]);
        Match widths = Regex.Match(dom, @"widths ([\d ]+) end");
        Assert.That(widths.Success, dom[..Math.Min(dom.Length, 300)]);
        Assert.That(widths.Groups[1].Value.Split(' ').Select(int.Parse).Zip(Widths, (scroll, window) => scroll <= window), Is.All.True, widths.Value);
    }

    private static string Dump(string browser, string file, string profile)
    {
        var start = new ProcessStartInfo(browser)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in new[] { "--headless", "--no-sandbox", "--disable-gpu", $"--user-data-dir={profile}", "--window-size=1600,1000", "--virtual-time-budget=5000", "--dump-dom", $"file://{file}" })
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
