using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GpuPool.Experiments.Data;

/// <summary>Samples a part of a picture with <see cref="Taps"/>, columns first and then rows, and normalises the colours.</summary>
/// <remarks>
/// A pixel is three lanes of a vector of four; the fourth is rubbish that the next pixel overwrites, so each row needs one float behind its end.
/// Products and sums are rounded one by one, so all processors agree.
/// </remarks>
internal static class Resampler
{
    private const int Channels = 3;

    /// <summary>Writes (rows, columns, 3) numbers.</summary>
    public static void Sample(RgbImage image, Framing framing, Normalisation normalisation, Span<float> target)
    {
        var columns = new Taps(framing.Columns);
        var rows = new Taps(framing.Rows);
        int length = Channels * columns.Outputs, sourceLength = Channels * (columns.High - columns.Low);
        float[] source = ArrayPool<float>.Shared.Rent(sourceLength + 1), narrow = ArrayPool<float>.Shared.Rent(length * (rows.High - rows.Low) + 1);
        for (int y = rows.Low; y < rows.High; y++)
        {
            TensorPrimitives.ConvertTruncating(image.Row(y).Slice(Channels * columns.Low, sourceLength), source);
            SampleRow(source, columns, framing.Flip, normalisation, narrow.AsSpan(length * (y - rows.Low), length + 1));
        }
        for (int y = 0; y < rows.Outputs; y++)
        {
            ReadOnlySpan<float> weights = rows.Weights(y), above = narrow.AsSpan(length * (rows.First(y) - rows.Low));
            Span<float> row = target.Slice(length * y, length);
            TensorPrimitives.Multiply(above[..length], weights[0], row);
            for (int k = 1; k < weights.Length; k++)
                TensorPrimitives.MultiplyAdd(above.Slice(length * k, length), weights[k], row, row);
        }
        ArrayPool<float>.Shared.Return(source);
        ArrayPool<float>.Shared.Return(narrow);
    }

    // (value / 255 - mean) / deviation is folded in here: the rows' weights sum to 1, so they leave it as it is.
    private static void SampleRow(ReadOnlySpan<float> source, Taps columns, bool flip, Normalisation n, Span<float> target)
    {
        Vector128<float> mean = Vector128.Create(n.MeanRed, n.MeanGreen, n.MeanBlue, 0);
        Vector128<float> deviation = Vector128.Create(n.DeviationRed, n.DeviationGreen, n.DeviationBlue, 1);
        Vector128<float> scale = Vector128<float>.One / (255f * deviation), shift = -mean / deviation;
        ref float from = ref MemoryMarshal.GetReference(source), to = ref MemoryMarshal.GetReference(target);
        for (int x = 0; x < columns.Outputs; x++)
        {
            int column = flip ? columns.Outputs - 1 - x : x, first = Channels * (columns.First(column) - columns.Low);
            ReadOnlySpan<float> weights = columns.Weights(column);
            Vector128<float> sum = default;
            for (int k = 0; k < weights.Length; k++)
                sum += weights[k] * Vector128.LoadUnsafe(ref from, (nuint)(first + Channels * k));
            (sum * scale + shift).StoreUnsafe(ref to, (nuint)(Channels * x));
        }
    }
}
