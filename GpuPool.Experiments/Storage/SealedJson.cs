using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GpuPool.Experiments.Storage;

/// <summary>A JSON file with the SHA-256 of its content, <c>{"content": ..., "sha256": "..."}</c>: any change of any bit is seen.</summary>
internal static class SealedJson
{
    private static readonly int Begin = Seal([]).AsSpan().IndexOf(",\n"u8), End = Seal([]).Length - Begin;

    /// <summary>The bytes of the file.</summary>
    public static byte[] Write<T>(T content) => Seal(JsonSerializer.SerializeToUtf8Bytes(content, Json.Indented));

    /// <summary>The content of the file; null if one bit of it is not as it was written.</summary>
    /// <exception cref="JsonException">The file is sound, and not of this type.</exception>
    public static T? Read<T>(byte[] file) where T : class
    {
        if (file.Length < Begin + End)
            return null;
        byte[] content = file[Begin..^End];
        return Seal(content).AsSpan().SequenceEqual(file) ? JsonSerializer.Deserialize<T>(content, Json.Indented) : null;
    }

    private static byte[] Seal(byte[] content)
    {
        byte[] hash = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(content)));
        return [.. "{\n\"content\": "u8, .. content, .. ",\n\"sha256\": \""u8, .. hash, .. "\"\n}\n"u8];
    }
}
