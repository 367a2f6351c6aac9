namespace GpuPool.Autograd;

/// <summary>How the learning rate changes over the epochs.</summary>
public enum Schedule
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>Divided by 5 before the epochs <c>int(0.6 N)</c>, <c>int(0.8 N)</c> and <c>int(0.9 N)</c> of N: 180, 240 and 270 of 300, the released recipe.</summary>
    Steps,

    /// <summary>Divided by 10 before the epochs <c>int(0.45 N)</c>, <c>int(0.7 N)</c> and <c>int(0.9 N)</c>: the released script's default for other data than STL-10.</summary>
    Tenths,

    /// <summary>Half a cosine, from the start value in the first epoch to 0 after the last (PyTorch's <c>CosineAnnealingLR</c>).</summary>
    Cosine,

    /// <summary>Divided by 10 after 2/3 and after 11/12 of the epochs: after 8 and 11 of 12, the schedule <c>1x</c> of Detectron.</summary>
    Detectron,
}

/// <summary>Learning rates of the schedules.</summary>
/// <remarks>
/// The rule is the released script's (<c>base/ann.py</c>) for any number of epochs: an epoch that two shares name divides once, and epoch 0, which the shares of
/// one epoch name, never comes. So of 2 epochs both have a divided rate, and of 1 none has.
/// </remarks>
public static class Schedules
{
    /// <summary>The learning rate of an epoch.</summary>
    /// <param name="schedule">How it changes.</param>
    /// <param name="initial">Start value.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="epochs">Number of epochs.</param>
    public static double Rate(this Schedule schedule, double initial, int epoch, int epochs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epoch, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(epoch, epochs);
        return schedule switch
        {
            Schedule.Constant => initial,
            Schedule.Steps => Divided(5, 0.6, 0.8, 0.9),
            Schedule.Tenths => Divided(10, 0.45, 0.7, 0.9),
            Schedule.Cosine => initial * (1 + Math.Cos(Math.PI * (epoch - 1) / epochs)) / 2,
            Schedule.Detectron => initial / (3 * epoch > 2 * epochs ? 10 : 1) / (12 * epoch > 11 * epochs ? 10 : 1),
            _ => throw new NotSupportedException($"Schedule: no schedule {schedule}."),
        };

        double Divided(double divisor, params double[] shares) =>
            initial / Math.Pow(divisor, shares.Select(share => (int)(share * epochs)).Distinct().Count(at => at > 0 && at <= epoch));
    }
}
