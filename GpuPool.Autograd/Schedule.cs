namespace GpuPool.Autograd;

/// <summary>How the learning rate changes over the epochs.</summary>
public enum Schedule
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>Divided by 5 at 60, 80 and 90 % of the epochs, as the released recipe does before epochs 180, 240 and 270 of 300.</summary>
    Steps,

    /// <summary>Divided by 10 at 45, 70 and 90 % of the epochs: the released script's default for other data than STL-10.</summary>
    Tenths,

    /// <summary>Half a cosine, from the start value in the first epoch to 0 after the last (PyTorch's <c>CosineAnnealingLR</c>).</summary>
    Cosine,
}

/// <summary>Learning rates of the schedules.</summary>
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
            Schedule.Steps => Divided(5, 60, 80, 90),
            Schedule.Tenths => Divided(10, 45, 70, 90),
            Schedule.Cosine => initial * (1 + Math.Cos(Math.PI * (epoch - 1) / epochs)) / 2,
            _ => throw new NotSupportedException($"Schedule: no schedule {schedule}."),
        };

        double Divided(double divisor, params int[] percents) => initial / Math.Pow(divisor, percents.Count(percent => 100L * epoch >= (long)percent * epochs));
    }
}
