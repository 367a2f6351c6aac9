namespace GpuPool.Autograd;

/// <summary>A learning rate that rises in a straight line over the first steps of a training, up to that of the schedule.</summary>
/// <param name="Steps">The step from which on the schedule's rate is taken as it is, counted from 0.</param>
/// <param name="Start">Share of the schedule's rate in step 0.</param>
public sealed record WarmUp(int Steps, double Start)
{
    /// <summary>The rate of a step: rate (1 - (1 - step / steps) (1 - start)) before the last step of the warm-up.</summary>
    /// <param name="rate">What the schedule says.</param>
    /// <param name="step">The step, from 0.</param>
    public double Rate(double rate, int step) => step >= Steps ? rate : rate * (1 - (1 - (double)step / Steps) * (1 - Start));
}
