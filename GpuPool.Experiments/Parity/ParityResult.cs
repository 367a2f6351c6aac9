using System.Globalization;
using GpuPool.Kernels;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Parity;

/// <summary>What the replay of one file showed.</summary>
/// <param name="File">The file.</param>
/// <param name="Passed">Whether every tensor is within its tolerance.</param>
/// <param name="Tensor">The worst tensor: in float64 for a module, in float32 for a network.</param>
/// <param name="Relative">Its relative error.</param>
/// <param name="TensorFloat32">The worst tensor of a module in float32.</param>
/// <param name="RelativeFloat32">Its relative error.</param>
/// <param name="Reason">Why the file could not be replayed.</param>
/// <param name="Tolerance">What a network's worst tensor was allowed, where rounding errors alone move it by more than the fixed tolerance.</param>
/// <param name="NotCompared">Tensors of the file that were not compared, and gradients of weights that it has not; null for none.</param>
/// <param name="Note">What else is to be known of the recording; null for nothing.</param>
internal sealed record ParityResult(
    string File, bool Passed, string? Tensor = null, double? Relative = null, string? TensorFloat32 = null, double? RelativeFloat32 = null, string? Reason = null,
    double? Tolerance = null, IReadOnlyList<string>? NotCompared = null, string? Note = null)
{
    /// <summary>Replays a file.</summary>
    /// <exception cref="SafetensorsException">It is not a safetensors file.</exception>
    /// <exception cref="GpuPoolException">It lacks something.</exception>
    public static ParityResult Of(Device device, string path)
    {
        if (Path.GetExtension(path) == ".json")
        {
            ReplayedTensor text = JsonReplayKind.Run(path);
            return new ParityResult(path, text.Passed, text.Name, text.Error);
        }
        var recording = new Recording(SafetensorsFile.Read(path));
        if ((recording.Text("op") ?? recording.Text("framework")) is { } op)
        {
            if (ReplayKind.All.FirstOrDefault(kind => kind.Replays(op)) is not { } kind)
                return new ParityResult(path, false, Reason: $"unknown op '{op}'");
            IReadOnlyList<ReplayedTensor> worst = kind.Run(device, recording);
            return new ParityResult(
                path, worst.All(tensor => tensor.Passed), worst[0].Name, worst[0].Error, worst.ElementAtOrDefault(1)?.Name, worst.ElementAtOrDefault(1)?.Error,
                NotCompared: NotComparedOf(recording));
        }
        if (recording.Text("architecture") is not null)
        {
            ReplayedTensor network = NetworkReplay.Run(device, recording);
            return new ParityResult(path, network.Passed, network.Name, network.Error, Tolerance: network.Tolerance, NotCompared: NotComparedOf(recording));
        }
        string name = recording.Required("module");
        if (ModuleReplay.Method(name) is not { } method)
            return new ParityResult(path, false, Reason: $"unknown module '{name}'");
        try
        {
            ReplayedTensor wide = ModuleReplay.Run(device, recording, method, DType.Float64), narrow = ModuleReplay.Run(device, recording, method, DType.Float32);
            return new ParityResult(path, wide.Passed && narrow.Passed, wide.Name, wide.Error, narrow.Name, narrow.Error, NotCompared: NotComparedOf(recording),
                Note: NearestCells.Note(ModuleReplay.Create(recording, method), InputOf(recording)));
        }
        catch (NotSupportedException exception)
        {
            return new ParityResult(path, false, Reason: exception.Message);
        }
    }

    /// <summary>One line for a reader.</summary>
    public override string ToString() => Verdict() + (NotCompared is null ? "" : $"; not compared: {NameList.Of(NotCompared)}") + (Note is null ? "" : $"; {Note}");

    private static IReadOnlyList<string>? NotComparedOf(Recording recording) => recording.NotCompared is { Count: > 0 } names ? names : null;

    // PyTorch has channels before rows.
    private static Shape InputOf(Recording recording)
    {
        Shape input = recording.ShapeOf("input");
        return new Shape(input[0], input[2], input[3], input[1]);
    }

    private string Verdict()
    {
        string verdict = $"{(Passed ? "passed" : "FAILED")}  {Path.GetFileName(File)}: ";
        return Reason is not null ? verdict + Reason
            : Tolerance is { } tolerance ? verdict + Worst(Tensor!, Relative!.Value) + string.Create(CultureInfo.InvariantCulture, $" of {tolerance:0.0e-00} tolerated")
            : TensorFloat32 is null ? verdict + Worst(Tensor!, Relative!.Value)
            : verdict + $"float64 {Worst(Tensor!, Relative!.Value)}; float32 {Worst(TensorFloat32, RelativeFloat32!.Value)}";
    }

    private static string Worst(string tensor, double relative) => string.Create(CultureInfo.InvariantCulture, $"worst {tensor}, relative error {relative:0.0e-00}");
}
