using System.Numerics;

namespace GpuPool.Kernels.Gpu;

/// <summary>A product of two matrices whose elements are gathered: left (rows, depth) and right (depth, columns).</summary>
internal interface IProduct<T> where T : unmanaged, INumber<T>
{
    /// <summary>Whether neighbours in depth are neighbours in the memory of the left matrix; else rows are.</summary>
    static abstract bool LeftRunsAlongDepth { get; }

    /// <summary>Whether neighbours in depth are neighbours in the memory of the right matrix; else columns are.</summary>
    static abstract bool RightRunsAlongDepth { get; }

    /// <summary>Rows, columns and depth.</summary>
    (int Rows, int Columns, int Depth) Extents { get; }

    /// <summary>What a row of the left matrix means.</summary>
    Place Row(int row);

    /// <summary>What a step in depth means.</summary>
    Place Depth(int depth);

    /// <summary>An element of the left matrix.</summary>
    T Left(Place row, Place depth);

    /// <summary>An element of the right matrix.</summary>
    T Right(Place depth, int column);

    /// <summary>Takes an element of the product.</summary>
    void Store(int row, int column, T sum);
}

/// <summary>A number taken apart: where it begins in memory, where on a map, and what is left of it.</summary>
internal readonly record struct Place(int Offset, int Vertical = 0, int Horizontal = 0, int Rest = 0);
