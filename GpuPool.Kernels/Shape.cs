using System.Globalization;

namespace GpuPool.Kernels;

/// <summary>Extents of an array, outermost first, row major. Maps are (N, H, W, C). The empty shape is a scalar.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int[]? _extents;

    /// <summary>A shape with these extents, each at least 0; their product must be below 2^31.</summary>
    public Shape(params ReadOnlySpan<int> extents)
    {
        long count = 1;
        foreach (int extent in extents)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(extent, nameof(extents));
            count = checked(count * extent);
        }
        if (count > int.MaxValue)
            throw new ShapeException($"Shape: the product of the extents must be below 2^31, but is {count}.") { Fault = ShapeFault.TooLarge };
        _extents = extents.ToArray();
    }

    /// <summary>The shape of a single number.</summary>
    public static Shape Scalar => default;

    /// <summary>Number of axes.</summary>
    public int Rank => _extents?.Length ?? 0;

    /// <summary>Number of elements.</summary>
    public int Count
    {
        get
        {
            int count = 1;
            foreach (int extent in Extents)
                count *= extent;
            return count;
        }
    }

    /// <summary>The extents, outermost first.</summary>
    public ReadOnlySpan<int> Extents => _extents;

    /// <summary>Extent of an axis; negative axes count from the end.</summary>
    public int this[int axis] => Extents[axis < 0 ? axis + Rank : axis];

    /// <summary>The last extent: channels of a map, features of a row.</summary>
    public int Channels => this[-1];

    /// <summary>Product of all extents but the last: the number of channel vectors.</summary>
    public int Rows => Rank == 0 ? 1 : Extents[..^1].ToArray().Aggregate(1, (product, extent) => product * extent);

    /// <summary>This shape with another last extent.</summary>
    public Shape WithChannels(int channels) => new([.. Extents[..^1], channels]);

    /// <inheritdoc/>
    public bool Equals(Shape other) => Extents.SequenceEqual(other.Extents);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int extent in Extents)
            hash.Add(extent);
        return hash.ToHashCode();
    }

    /// <summary>Same extents.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Other extents.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>For example <c>(2, 5, 7, 3)</c>.</summary>
    public override string ToString() =>
        "(" + string.Join(", ", Extents.ToArray().Select(extent => extent.ToString(CultureInfo.InvariantCulture))) + ")";
}
