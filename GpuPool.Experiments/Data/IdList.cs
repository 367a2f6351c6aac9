using System.Globalization;

namespace GpuPool.Experiments.Data;

/// <summary>A text file with the number of a picture on each line.</summary>
internal static class IdList
{
    private const long MostBytes = 1 << 24;

    /// <summary>The numbers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="known">The pictures that there are.</param>
    /// <param name="reading">Is told of lines that are no number, of no picture, or there twice.</param>
    public static HashSet<long> Read(string path, HashSet<long> known, Reading reading)
    {
        byte[] file = reading.Attempt(() => DataFile.ReadAll(path, MostBytes), []);
        var ids = new HashSet<long>();
        foreach (Range range in file.AsSpan().Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = file.AsSpan(range).Trim(" \t\r"u8);
            if (line.IsEmpty)
                continue;
            bool isNumber = long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out long id);
            if (!isNumber || !known.Contains(id) || !ids.Add(id))
            {
                string what = !isNumber ? "the line is not a number" : $"{id} {(known.Contains(id) ? "is there twice" : "is none of the annotated images")}";
                reading.Report(DataFile.Corrupt(path, what, range.Start.Value));
            }
        }
        if (ids.Count == 0)
            reading.Report(DataFile.Corrupt(path, "holds no number"));
        return ids;
    }
}
