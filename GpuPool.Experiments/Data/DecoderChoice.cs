namespace GpuPool.Experiments.Data;

/// <summary>
/// What decodes image files. It belongs to the experiment: PNG, WebP and BMP files give the same pixels by both, JPEG files nearly the same, and a network is tested with
/// the one that it was trained with.
/// </summary>
public enum DecoderChoice
{
    /// <summary>SkiaSharp, native code: its JPEG pixels are those of libjpeg-turbo and Pillow.</summary>
    Skia,

    /// <summary>ImageSharp, managed code alone: it enlarges the chroma of JPEG files without the filter of the others.</summary>
    Managed,
}
