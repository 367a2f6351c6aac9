namespace GpuPool.Experiments.Data;

/// <summary>Arrays of a few lengths that come back and are lent again: each batch in a new one would keep the collector and the system's pages busy.</summary>
/// <param name="most">So many that are not lent are kept; of more the one that lay longest is forgotten.</param>
internal sealed class LentArrays(int most)
{
    private readonly List<float[]> _free = [];

    /// <summary>An array of just this length, with anything in it.</summary>
    public float[] Take(int length)
    {
        lock (_free)
        {
            int found = _free.FindLastIndex(array => array.Length == length);
            if (found >= 0)
            {
                float[] array = _free[found];
                _free.RemoveAt(found);
                return array;
            }
        }
        return GC.AllocateUninitializedArray<float>(length);
    }

    /// <summary>Takes an array back that nobody uses any more.</summary>
    public void Return(float[] array)
    {
        lock (_free)
        {
            if (_free.Count == most)
                _free.RemoveAt(0);
            _free.Add(array);
        }
    }
}
