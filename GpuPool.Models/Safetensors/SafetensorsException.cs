using System.Globalization;

namespace GpuPool.Models.Safetensors;

/// <summary>A file is not the safetensors file that it should be. The message is one line: path, byte offset, reason.</summary>
public sealed class SafetensorsException : Exception
{
    internal SafetensorsException(string path, long offset, string reason)
        : base(string.Create(CultureInfo.InvariantCulture, $"'{path}', byte {offset}: {reason}")) => (Path, Offset) = (path, offset);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Where in the file the reason was found, in bytes from its start.</summary>
    public long Offset { get; }
}
