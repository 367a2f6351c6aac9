using System.Buffers;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace GpuPool.Experiments.Data;

/// <summary><see cref="DecoderChoice.Skia"/></summary>
internal static class SkiaDecoder
{
    public static RgbImage Decode(byte[] file, string path)
    {
        using SKData data = SKData.CreateCopy(file);
        using SKCodec codec = SKCodec.Create(data) ?? throw ImageDecoder.Unknown(path);
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        ImageDecoder.CheckExtents(width, height, path);
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        byte[] stored = ArrayPool<byte>.Shared.Rent(info.BytesSize);
        GCHandle pinned = GCHandle.Alloc(stored, GCHandleType.Pinned);
        try
        {
            SKCodecResult result = codec.GetPixels(info, pinned.AddrOfPinnedObject());
            if (result != SKCodecResult.Success)
                throw DataFile.Corrupt(path, Cause(result));
            return ExifOrientation.Of(file).Upright(MemoryMarshal.Cast<byte, Rgba>(stored), width, height);
        }
        finally
        {
            pinned.Free();
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    private static string Cause(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "ends before its image does",
        SKCodecResult.ErrorInInput => "holds a damaged image: its decoder stopped at an error",
        SKCodecResult.InvalidInput => "holds a damaged image: its data break off or contradict its header",
        _ => $"cannot be decoded ({result})",
    };
}
