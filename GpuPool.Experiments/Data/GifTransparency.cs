namespace GpuPool.Experiments.Data;

/// <summary>
/// Makes the first picture of a GIF file opaque. Skia decodes its transparent colour as black, where the palette has a colour for it: the one that Pillow's
/// conversion to RGB shows, and with it torchvision's folders of images.
/// </summary>
/// <remarks>Source: GIF89a specification, sections 17 to 23.</remarks>
internal static class GifTransparency
{
    private const int ScreenBytes = 13, FlagsOffset = 3, HasTransparentColour = 1, HasPalette = 0x80;
    private const byte Extension = 0x21, GraphicControl = 0xF9;

    /// <summary>Clears the flag in a copy of the file; a file without it, or of another format, stays the same array.</summary>
    public static void Clear(ref byte[] file)
    {
        if (!file.AsSpan().StartsWith("GIF8"u8) || file.Length < ScreenBytes)
            return;
        int palette = (file[10] & HasPalette) != 0 ? 3 << ((file[10] & 7) + 1) : 0;
        // Extensions are a label and blocks that begin with their length, the last one empty.
        for (int place = ScreenBytes + palette; place + FlagsOffset < file.Length && file[place] == Extension;)
        {
            if (file[place + 1] == GraphicControl && (file[place + FlagsOffset] & HasTransparentColour) != 0)
            {
                file = [.. file];
                file[place + FlagsOffset] ^= HasTransparentColour;
            }
            int block = place + 2;
            while (block < file.Length && file[block] != 0)
                block += 1 + file[block];
            place = block + 1;
        }
    }
}
