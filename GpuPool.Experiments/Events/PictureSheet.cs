using System.Numerics.Tensors;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Tasks;

namespace GpuPool.Experiments.Events;

/// <summary>The pictures of a batch side by side, as a network gets them: its least number is black, its largest white.</summary>
internal static class PictureSheet
{
    private const int MostPictures = 8;

    /// <summary>The sheet; of a large batch the first pictures.</summary>
    public static RgbImage Of(Batch batch)
    {
        int pictures = Math.Min(batch.Count, MostPictures), rows = batch.Shape[1], columns = batch.Shape[2];
        ReadOnlySpan<float> colours = batch.Images.AsSpan(0, pictures * rows * columns * 3);
        float least = TensorPrimitives.Min(colours), range = Math.Max(TensorPrimitives.Max(colours) - least, float.Epsilon);
        byte[] sheet = new byte[colours.Length];
        for (int line = 0; line < pictures * rows; line++)
        {
            (int picture, int row) = (line / rows, line % rows);
            for (int value = 0; value < 3 * columns; value++)
                sheet[(row * pictures + picture) * 3 * columns + value] = (byte)MathF.Round(byte.MaxValue * (colours[line * 3 * columns + value] - least) / range);
        }
        return new RgbImage(sheet, pictures * columns, rows);
    }
}
