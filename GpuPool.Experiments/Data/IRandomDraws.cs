namespace GpuPool.Experiments.Data;

/// <summary>What decides a random change of a picture: numbers drawn one after the other, or those of a recording.</summary>
internal interface IRandomDraws
{
    /// <summary>Evenly in [low, high).</summary>
    double NextDouble(double low, double high);

    /// <summary>Evenly in [0, count).</summary>
    int Next(int count);

    /// <summary>Puts <paramref name="items"/> into a random order, each order equally likely.</summary>
    void Shuffle(Span<int> items);
}
