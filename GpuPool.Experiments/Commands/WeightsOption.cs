using System.CommandLine;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Commands;

/// <summary><c>--weights best|last|compact</c>: which weights of a run are taken.</summary>
internal sealed class WeightsOption
{
    private readonly Option<Epoch> _epoch = Options.Choice(
        "--weights", Epoch.Best, "Weights of the best or of the last epoch, or those that 'gpupool prune --compact' left.");

    private enum Epoch
    {
        Best,
        Last,
        Compact,
    }

    /// <summary>The option itself.</summary>
    public Option Option => _epoch;

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Add(_epoch);

    /// <summary>The file of the weights.</summary>
    /// <exception cref="GpuPoolException">The run has it not (10).</exception>
    public string File(ParseResult parsed, RunFolder folder)
    {
        Epoch epoch = parsed.GetValue(_epoch);
        string weights = epoch switch
        {
            Epoch.Best => folder.BestWeights,
            Epoch.Last => folder.LastWeights,
            _ => folder.CompactWeights,
        };
        return System.IO.File.Exists(weights) ? weights : throw new GpuPoolException(ExitCode.DataMissing, $"{weights} does not exist", epoch switch
        {
            Epoch.Compact => "'gpupool prune --compact' makes compact weights.",
            Epoch.Best when System.IO.File.Exists(folder.LastWeights) => "No epoch of the run was finite; '--weights last' takes those of its last.",
            _ => "Train at least one epoch first.",
        });
    }
}
