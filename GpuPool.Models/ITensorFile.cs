using GpuPool.Kernels;

namespace GpuPool.Models;

/// <summary>A file of named tensors, whose elements are read tensor by tensor.</summary>
public interface ITensorFile
{
    /// <summary>Where the file is.</summary>
    string Path { get; }

    /// <summary>Names of the tensors.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Extents of a tensor.</summary>
    Shape ShapeOf(string name);

    /// <summary>Word of its element type.</summary>
    string TypeOf(string name);

    /// <summary>Whether its elements are floating-point numbers.</summary>
    bool IsFloating(string name);

    /// <summary>Its elements, row major, as float32; others are rounded.</summary>
    float[] Floats(string name);

    /// <summary>Its elements, row major, as float64.</summary>
    double[] Doubles(string name);
}
