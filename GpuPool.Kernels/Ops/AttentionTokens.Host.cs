namespace GpuPool.Kernels.Ops;

internal partial struct AttentionTokens<T, R>
{
    /// <summary>Tokens of a tile, and of a step through the other tokens: panels of scores stay in the first-level cache.</summary>
    public const int Block = 64;

    /// <summary>Each tile is at most <see cref="Block"/> rows of one image and head.</summary>
    public readonly int Tiles => Qkv.IntLength / Math.Max(1, Stride * Length) * Heads * Blocks;

    private readonly int Blocks => (Length + Block - 1) / Block;

    public readonly (int Row, int End) Tile(int tile)
    {
        int first = tile / Blocks * Length, start = tile % Blocks * Block;
        return (first + start, first + Math.Min(Length, start + Block));
    }
}
