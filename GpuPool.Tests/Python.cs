using System.Diagnostics;

namespace GpuPool.Tests;

/// <summary>The Python of the system, with the packages that Debian has for it.</summary>
public static class Python
{
    private const string Program = "/usr/bin/python3";

    /// <summary>Runs a script; skips the test where Python or a module is not there.</summary>
    public static void Run(string script)
    {
        if (!File.Exists(Program))
            Assert.Ignore($"There is no {Program}.");
        using var process = Process.Start(new ProcessStartInfo(Program, ["-c", script]) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (error.Contains("ModuleNotFoundError", StringComparison.Ordinal))
            Assert.Ignore($"{Program} has not every module: {error.TrimEnd().Split('\n')[^1]}");
        Assert.That(process.ExitCode, Is.Zero, error);
    }
}
