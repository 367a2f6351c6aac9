using System.CommandLine;
using GpuPool.Experiments.Training;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Commands;

/// <summary><c>--size N</c> and <c>--short-side N</c>: how large the inputs are.</summary>
/// <param name="fallback">Side of a classifier's input; that of a detector is its recipe's.</param>
internal sealed class SizeOptions(int fallback)
{
    private readonly Option<int> _size = Options.Number(
        "--size", fallback, 1, "Side of the square input in pixels; of a detector whose inputs keep their shape the bound of the longer side. A detector's default is that of its recipe.");

    private readonly Option<int?> _shortSide = Options.Count(
        "--short-side", "Of a detector whose inputs keep their shape: bound of the shorter side; of yolov3 the smallest bound that is drawn in training.");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_size);
        command.Add(_shortSide);
    }

    /// <summary>Side of a classifier's input.</summary>
    /// <exception cref="GpuPoolException">There is a shorter side, which squares have not (2).</exception>
    public int Side(ParseResult parsed)
    {
        Refuse(parsed, "a network that classifies");
        return parsed.GetValue(_size);
    }

    /// <summary>The recipe of a detector with the sides that were asked for.</summary>
    /// <exception cref="GpuPoolException">They do not fit the detector or each other (2).</exception>
    public TrainingConfig Recipe(ParseResult parsed, DetectorArchitecture detector)
    {
        TrainingConfig recipe = DetectorRecipe.Of(detector.Family.Word) with { Architecture = detector.ToString() };
        int side = parsed.ValueOr(_size, recipe.Size);
        if (recipe.ShortSide is not { } least)
        {
            Refuse(parsed, detector.Family.Word);
            return recipe with { Size = side };
        }
        int shortSide = parsed.GetValue(_shortSide) ?? Math.Min(least, side);
        return shortSide <= side
            ? recipe with { Size = side, ShortSide = shortSide }
            : throw new GpuPoolException(ExitCode.Usage, $"{_shortSide.Name} {shortSide} is more than {_size.Name} {side}", "Give a smaller one.");
    }

    private void Refuse(ParseResult parsed, string what)
    {
        if (parsed.GetValue(_shortSide) is not null)
            throw new GpuPoolException(ExitCode.Usage, $"{_shortSide.Name} is not for {what}", "Leave it out.");
    }
}
