namespace GpuPool.Experiments;

/// <summary>This program as another process can start it.</summary>
internal static class OwnProgram
{
    /// <summary>File and first arguments. Started through the dotnet host, the program is the host's first argument.</summary>
    public static IReadOnlyList<string> Command { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, typeof(OwnProgram).Assembly.Location]
        : [Environment.ProcessPath!];
}
