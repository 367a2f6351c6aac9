using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>Adds a learned vector of its row and one of its column to each cell of a map (N, h, w, E), h and w up to 256; E must be even.</summary>
public sealed class PositionEmbeddingLayer : Module
{
    /// <summary>Rows and columns that the tables have.</summary>
    public const int MostCells = 256;

    private readonly ModuleState _row, _column;

    /// <summary>Two tables of vectors of half the width, which start uniform in 0 to 1.</summary>
    public PositionEmbeddingLayer(int width)
    {
        var table = new Shape(MostCells, width / 2);
        _row = State("row_embed.weight", ModuleState.Parameter(table, Distribution.Uniform(0, 1)));
        _column = State("col_embed.weight", ModuleState.Parameter(table, Distribution.Uniform(0, 1)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.PositionEmbedding(_row.Value, _column.Value);
}
