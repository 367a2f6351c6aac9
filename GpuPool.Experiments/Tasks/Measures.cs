using System.Collections;
using System.Globalization;

namespace GpuPool.Experiments.Tasks;

/// <summary>A number with its name.</summary>
/// <param name="Name">In snake_case; that of a loss is or ends in <c>loss</c>.</param>
/// <param name="Value">Its value.</param>
public readonly record struct Measure(string Name, double Value)
{
    private const string LossName = "loss";

    /// <summary>Whether less is better.</summary>
    public bool IsLoss => Name.EndsWith(LossName, StringComparison.Ordinal);

    /// <summary>For example <c>loss 1.8123</c> or <c>accuracy 0.354</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Value.ToString(IsLoss ? "F4" : "F3", CultureInfo.InvariantCulture)}");
}

/// <summary>
/// How well a task is done: its losses, the one that is minimised first, and behind them, where there are any, the scores, the larger the better; by the first of them networks are
/// compared.
/// </summary>
/// <param name="values">The numbers, each name once.</param>
public sealed class Measures(params IReadOnlyList<Measure> values) : IReadOnlyList<Measure>, IEquatable<Measures>
{
    /// <summary>Of nothing that was measured.</summary>
    public static Measures None { get; } = new();

    /// <inheritdoc/>
    public int Count => values.Count;

    /// <summary>The loss that is minimised, where there is one; NaN of no measures.</summary>
    public double Loss => values.FirstOrDefault(new Measure("", double.NaN)).Value;

    /// <summary>The score; NaN where there is none.</summary>
    public double Score => Best.Value;

    /// <summary>Name of the score; empty where there is none.</summary>
    public string ScoreName => Best.Name;

    /// <summary>Whether all losses are finite.</summary>
    public bool IsFinite => values.All(measure => !measure.IsLoss || double.IsFinite(measure.Value));

    private Measure Best => values.FirstOrDefault(measure => !measure.IsLoss, new Measure("", double.NaN));

    /// <inheritdoc/>
    public Measure this[int index] => values[index];

    /// <summary>The value of a name; NaN where there is none.</summary>
    public double this[string name] => values.FirstOrDefault(measure => measure.Name == name, new Measure(name, double.NaN)).Value;

    /// <summary>With NaN for every loss.</summary>
    public Measures WithoutLosses() => new([.. values.Select(measure => measure.IsLoss ? measure with { Value = double.NaN } : measure)]);

    /// <inheritdoc/>
    public IEnumerator<Measure> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether names, values and order are the same.</summary>
    public bool Equals(Measures? other) => other is not null && values.SequenceEqual(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Measures);

    /// <inheritdoc/>
    public override int GetHashCode() => values.Aggregate(0, HashCode.Combine);

    /// <summary>For example <c>loss 1.8123, accuracy 0.354</c>.</summary>
    public override string ToString() => string.Join(", ", values);
}
