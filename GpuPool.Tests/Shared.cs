namespace GpuPool.Tests;

/// <summary>Recorded tensors and data sets too large for the repository: a folder <c>shared</c> beside it or above. Tests that need them are skipped without.</summary>
public static class Shared
{
    /// <summary>The full path of a file or folder below <c>shared</c>, or null.</summary>
    public static string? Find(string relativePath)
    {
        for (string? folder = TestContext.CurrentContext.TestDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string path = Path.Combine(folder, "shared", relativePath);
            if (Path.Exists(path))
                return path;
        }
        return null;
    }

    /// <summary>As <see cref="Find"/>; skips the test where there is none.</summary>
    public static string Require(string relativePath)
    {
        string? path = Find(relativePath);
        if (path is null)
            Assert.Ignore($"'shared/{relativePath}' is not in a folder above the tests.");
        return path!;
    }
}
