using GpuPool.Experiments.Data.Detection;

namespace GpuPool.Experiments.Data;

/// <summary>Reads everything of a data set and notes every fault.</summary>
internal sealed class Verification
{
    private const int ReportEvery = 5000;

    private readonly string _folder;
    private readonly Func<Reading, IReadOnlyList<IPictures>> _open;
    private readonly Action<string> _progress;
    private readonly DecoderChoice _decoder;
    private readonly List<DataFault> _faults = [], _leftOut = [];

    private Verification(string folder, Func<Reading, IReadOnlyList<IPictures>> open, Action<string> progress, DecoderChoice decoder) =>
        (_folder, _open, _progress, _decoder) = (folder, open, progress, decoder);

    /// <summary>The faults so far: those of lists and labels, then those of pictures, in their order.</summary>
    public IReadOnlyList<DataFault> Faults => _faults;

    /// <summary>Files that are no part of the data set although they lie in it, such as pictures of a format that is not read.</summary>
    public IReadOnlyList<DataFault> LeftOut => _leftOut;

    /// <summary>Pictures looked at so far.</summary>
    public int Pictures { get; private set; }

    /// <summary>Of a data set for classifiers or for detectors.</summary>
    /// <param name="source">The data set, as on the command line.</param>
    /// <param name="progress">Is told now and then how far it is.</param>
    /// <param name="decoder">What decodes the pictures.</param>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: it is none of the known forms.</exception>
    public static Verification Of(string source, Action<string> progress, DecoderChoice decoder = DecoderChoice.Skia)
    {
        if (DetectionSource.IsNamed(source))
        {
            var boxes = DetectionSource.Parse(source);
            return new Verification(boxes.Folder, reading => boxes.Open(null, reading).Both, progress, decoder);
        }
        var classes = DatasetSource.Parse(source);
        return new Verification(classes.Folder, reading => classes.Open(reading).Both, progress, decoder);
    }

    /// <summary>Reads all.</summary>
    /// <exception cref="GpuPoolException">There is nothing to read (10).</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; <see cref="Faults"/> has what was found until then.</exception>
    public void Run(CancellationToken interrupt)
    {
        if (_folder.Length > 0)
            DataFile.CheckFolder(_folder);
        var reading = new Reading(Note, CacheBytes: 0) { LeftOut = _leftOut.Add, KeepsAll = true, Decoder = _decoder };
        foreach (IPictures split in reading.Attempt(() => _open(reading), []))
        {
            for (int index = 0; index < split.Count; index++, Pictures++)
            {
                interrupt.ThrowIfCancellationRequested();
                if (index % ReportEvery == 0)
                    _progress($"picture {index} of {split.Count} of {split.Name}");
                int picture = index;
                reading.Attempt(() => split.Image(picture), null)?.Dispose();
            }
        }
    }

    private void Note(GpuPoolException fault) => _faults.Add(fault.Fault ?? new DataFault(_folder, null, fault.Cause));
}
