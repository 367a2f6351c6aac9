using GpuPool.Autograd;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Backbones;

/// <summary>A chain of modules from images (N, H, W, 3) to a map, whose stages give maps of their own.</summary>
public abstract class Backbone : Sequential
{
    private readonly List<(Stage Stage, int Place)> _ends = [];

    /// <summary>The stages from the image on; the map of the last one is what <see cref="Module.Call(Tensor)"/> gives.</summary>
    public IReadOnlyList<Stage> Stages => [.. _ends.Select(end => end.Stage)];

    /// <summary>The last module of each stage.</summary>
    public IReadOnlyList<(Stage Stage, Module Last)> Ends => [.. _ends.Select(end => (end.Stage, Chain[end.Place]))];

    /// <summary>The maps of some stages in the order asked for. Without gradients no other map outlives this call.</summary>
    /// <param name="x">Images (N, H, W, 3).</param>
    /// <param name="stages">Places in <see cref="Stages"/>, as 2, 3 for the third and the fourth; none for all.</param>
    public IReadOnlyList<Tensor> Features(Tensor x, params IReadOnlyList<int> stages) =>
        CallThrough(x, stages.Count == 0 ? [.. _ends.Select(end => end.Place)] : [.. stages.Select(stage => _ends[stage].Place)]);

    /// <summary>The place of the last stage of a stride, as detectors ask for it.</summary>
    /// <param name="stride">Pixels of the image for one of its map.</param>
    /// <param name="among">How many stages are looked at from the first on; all by default.</param>
    /// <exception cref="ArchitectureException">None has this stride.</exception>
    public int StageOf(int stride, int? among = null)
    {
        int stage = _ends.FindLastIndex((among ?? _ends.Count) - 1, end => end.Stage.Stride == stride);
        return stage >= 0 ? stage : throw new ArchitectureException(
            $"the detector takes a map of stride {stride}, but those of the backbone have {string.Join(", ", Stages.Select(end => end.Stride).Distinct())}");
    }

    /// <summary>All tensors from the image to the end of a stage.</summary>
    public IEnumerable<ModuleState> StatesThrough(int stage) =>
        Chain.Take(_ends[stage].Place + 1).SelectMany(module => module.States, (_, entry) => entry.State);

    /// <summary>Ends a stage with the module appended last.</summary>
    /// <param name="name">Its name in the released code.</param>
    /// <param name="stride">Pixels of the image for one of its map, along each axis.</param>
    /// <param name="channels">Channels of its map.</param>
    protected void EndStage(string name, int stride, int channels) => _ends.Add((new Stage(name, stride, channels), Chain.Count - 1));
}
