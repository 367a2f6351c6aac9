namespace GpuPool.Experiments.Data;

/// <summary>Reads everything of a data set and notes every fault.</summary>
/// <param name="source">The data set.</param>
/// <param name="progress">Is told now and then how far it is.</param>
internal sealed class Verification(DatasetSource source, Action<string> progress)
{
    private const int ReportEvery = 5000;

    private readonly List<DataFault> _faults = [], _leftOut = [];

    /// <summary>The faults so far: those of lists and labels, then those of pictures, in their order.</summary>
    public IReadOnlyList<DataFault> Faults => _faults;

    /// <summary>Files that are no part of the data set although they lie in it, such as pictures of a format that is not read.</summary>
    public IReadOnlyList<DataFault> LeftOut => _leftOut;

    /// <summary>Pictures looked at so far.</summary>
    public int Pictures { get; private set; }

    /// <summary>Reads all.</summary>
    /// <exception cref="GpuPoolException">There is nothing to read (10).</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; <see cref="Faults"/> has what was found until then.</exception>
    public void Run(CancellationToken interrupt)
    {
        if (source.Folder.Length > 0 && !Directory.Exists(source.Folder))
            throw DataFile.Missing(source.Folder, "does not exist");
        var reading = new Reading(Note, CacheBytes: 0) { LeftOut = _leftOut.Add };
        if (reading.Attempt(() => source.Open(reading), null!) is not { } splits)
            return;
        foreach (IDataset split in new[] { splits.Train, splits.Test })
        {
            for (int index = 0; index < split.Count; index++, Pictures++)
            {
                interrupt.ThrowIfCancellationRequested();
                if (index % ReportEvery == 0)
                    progress($"picture {index} of {split.Count} of {split.Name}");
                int picture = index;
                reading.Attempt(() => split.Image(picture), null)?.Dispose();
            }
        }
    }

    private void Note(GpuPoolException fault) => _faults.Add(fault.Fault ?? new DataFault(source.Folder, null, fault.Cause));
}
