using System.Security.Cryptography;
using System.Text;

namespace GpuPool.Experiments.Data;

/// <summary>An opened data set of whatever kind: the pictures to learn from and the pictures to be judged by; both have the same classes.</summary>
public abstract record Splits
{
    /// <summary>The same with the pictures to learn from in place of those to be judged by.</summary>
    public abstract Splits TestedOnTraining { get; }

    /// <summary>The pictures to learn from, and the pictures to be judged by.</summary>
    internal abstract IReadOnlyList<IPictures> Both { get; }

    /// <summary>Numbers of pictures and classes.</summary>
    internal DataExtents Extents => new(Both[0].Count, Both[1].Count, Both[0].Classes);

    /// <summary>SHA-256 of the names of sets, classes and files: two copies of a data set have the same, wherever they lie.</summary>
    internal string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (IPictures pictures in Both)
        {
            IEnumerable<string> files = Enumerable.Range(0, pictures.Count).Select(pictures.FileName);
            foreach (string name in files.Prepend(string.Join(',', pictures.ClassNames)).Prepend(pictures.Name))
                hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n"));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
