namespace GpuPool.Experiments.Tables;

/// <summary>How much of an experiment is run.</summary>
public enum TablePreset
{
    /// <summary>Every cell is trained for some tens of steps on small images: it proves that the cell runs and learns, nothing more.</summary>
    Smoke,

    /// <summary>A real experiment with fewer images and epochs: hours on a CPU, minutes on a GPU.</summary>
    Quick,

    /// <summary>The released recipe in full.</summary>
    Paper,
}
