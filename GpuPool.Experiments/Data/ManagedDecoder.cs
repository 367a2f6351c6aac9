using System.Runtime.InteropServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace GpuPool.Experiments.Data;

/// <summary><see cref="DecoderChoice.Managed"/></summary>
/// <remarks>
/// ImageSharp 2.1 has known flaws in its readers and writers of TIFF and of colour profiles, which are mended in later lines only: it is given no format but the five that are
/// asked for, and reads no metadata, so that no profile is ever looked at.
/// </remarks>
internal static class ManagedDecoder
{
    private static readonly Configuration Formats = FiveFormats();

    public static RgbImage Decode(byte[] file, string path)
    {
        try
        {
            IImageInfo info = Image.Identify(Formats, file, out IImageFormat format) ?? throw ImageDecoder.Unknown(path);
            ImageDecoder.CheckExtents(info.Width, info.Height, path);
            if (!IsWhole(file, format))
                throw DataFile.Corrupt(path, "ends before its image does");
            using Image<Rgba32> image = Image.Load<Rgba32>(Formats, file);
            return image.DangerousTryGetSinglePixelMemory(out Memory<Rgba32> pixels)
                ? ExifOrientation.Of(file).Upright(MemoryMarshal.Cast<Rgba32, Rgba>(pixels.Span), image.Width, image.Height)
                : throw DataFile.Corrupt(path, "is too large to be decoded in one piece");
        }
        catch (Exception exception) when (exception is not (GpuPoolException or OutOfMemoryException))
        {
            // A damaged file ends it in exceptions of many kinds.
            throw DataFile.Corrupt(path, $"holds a damaged image: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}");
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> file, IImageFormat format) => format switch
    {
        JpegFormat => ImageFileEnd.HasJpeg(file),
        PngFormat => ImageFileEnd.HasPng(file),
        WebpFormat => ImageFileEnd.HasWebp(file),
        GifFormat => ImageFileEnd.HasGif(file),
        _ => ImageFileEnd.HasBmp(file),
    };

    private static Configuration FiveFormats()
    {
        var configuration = new Configuration { PreferContiguousImageBuffers = true };
        Add(JpegFormat.Instance, new JpegImageFormatDetector(), new JpegDecoder { IgnoreMetadata = true });
        Add(PngFormat.Instance, new PngImageFormatDetector(), new PngDecoder { IgnoreMetadata = true });
        Add(WebpFormat.Instance, new WebpImageFormatDetector(), new WebpDecoder { IgnoreMetadata = true });
        Add(GifFormat.Instance, new GifImageFormatDetector(), new GifDecoder { IgnoreMetadata = true, DecodingMode = FrameDecodingMode.First });
        Add(BmpFormat.Instance, new BmpImageFormatDetector(), new BmpDecoder());
        return configuration;

        void Add(IImageFormat format, IImageFormatDetector detector, IImageDecoder decoder)
        {
            configuration.ImageFormatsManager.AddImageFormatDetector(detector);
            configuration.ImageFormatsManager.SetDecoder(format, decoder);
        }
    }
}
