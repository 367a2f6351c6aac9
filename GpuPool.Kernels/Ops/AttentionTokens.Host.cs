namespace GpuPool.Kernels.Ops;

internal partial struct AttentionTokens<T, R>
{
    /// <summary>Tokens of a tile, and of a step through the other tokens: their panel of scores stays in the first-level cache.</summary>
    public const int Block = 64;

    /// <summary>Images times heads.</summary>
    public readonly int Pairs => Length == 0 ? 0 : Qkv.IntLength / (Stride * Length) * Heads;

    /// <summary>Each tile is at most <see cref="Block"/> rows of one image and head.</summary>
    public readonly int Tiles => Pairs * Blocks;

    private readonly int Blocks => (Length + Block - 1) / Block;

    public readonly (int Row, int End) Tile(int tile)
    {
        int first = tile / Blocks * Length, start = tile % Blocks * Block;
        return (first + start, first + Math.Min(Length, start + Block));
    }
}
