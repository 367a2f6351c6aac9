using GpuPool.Kernels;
using GpuPool.Kernels.Updates;

namespace GpuPool.Autograd;

/// <summary>Changes parameters by their gradients, and remembers what it needs for that between the steps.</summary>
public abstract class Optimizer : IDisposable
{
    private readonly (string Name, Parameter Parameter, DeviceArray[] States)[] _parameters;
    private readonly IReadOnlyList<DeviceArray> _gradientPlaces = [];
    private readonly string[] _states;

    /// <summary>An optimiser of these parameters.</summary>
    /// <param name="parameters">Under names that are unique.</param>
    /// <param name="learningRate">Rate of the first step.</param>
    /// <param name="states">Names of the arrays that it keeps beside each parameter.</param>
    protected Optimizer(IEnumerable<(string Name, Parameter Parameter)> parameters, double learningRate, params string[] states)
    {
        (LearningRate, _states) = (learningRate, states);
        (string Name, Parameter Parameter)[] all = [.. parameters];
        // Owns the states until all of them have found room.
        using ArrayScope? scope = all.Length > 0 ? all[0].Parameter.Device.OpenScope() : null;
        IReadOnlyList<DeviceArray>[] arrays = [.. states.Select(_ => Together(all))];
        _parameters = [.. all.Select((entry, index) => (entry.Name, entry.Parameter, Array.ConvertAll(arrays, array => array[index])))];
        if (all.Length > 0 && all[0].Parameter.Device.PrefersFewLaunches)
            _gradientPlaces = Together(all);
        foreach (DeviceArray array in arrays.SelectMany(array => array).Concat(_gradientPlaces))
            array.LeaveScopes();
        foreach (((_, Parameter parameter), DeviceArray place) in all.Zip(_gradientPlaces))
            parameter.GradientPlace = place;
    }

    /// <summary>Rate of the next step; a <see cref="Schedule"/> gives it.</summary>
    public double LearningRate { get; set; }

    /// <summary>Number of steps done. A checkpoint keeps it beside <see cref="State"/>.</summary>
    public int Steps { get; set; }

    /// <summary>What is remembered of each parameter, for example <c>momentum.NAME</c>; 0 before the first step.</summary>
    public IEnumerable<(string Name, DeviceArray Array)> State =>
        from entry in _parameters
        from index in Enumerable.Range(0, _states.Length)
        select ($"{_states[index]}.{entry.Name}", entry.States[index]);

    /// <summary>Changes every parameter that has a gradient, and clears the gradients.</summary>
    public void Step()
    {
        Steps++;
        foreach (bool decays in new[] { true, false })
        {
            NextUpdate(decays).Apply(
                from entry in _parameters
                where entry.Parameter.Decays == decays && entry.Parameter.Gradient is not null
                select (entry.Parameter.Value, entry.Parameter.Gradient, (IReadOnlyList<DeviceArray>)entry.States));
        }
        ClearGradients();
    }

    /// <summary>The 2-norm of the gradient, as one vector of all parameters, between backward pass and step. To know it the host waits for the device.</summary>
    public double GradientNorm() => GlobalNorm.Of(Gradients());

    /// <summary>
    /// Shortens that vector where its norm is more than <paramref name="most"/>: times min(1, most / (norm + 1e-6)), as PyTorch's <c>clip_grad_norm_</c>, without waiting for the norm. It is
    /// called between backward pass and step.
    /// </summary>
    public void ClipGradients(double most) => GlobalNorm.Clip(Gradients(), most);

    /// <summary>Forgets the gradients of all parameters without a step.</summary>
    public void ClearGradients()
    {
        foreach ((_, Parameter parameter, _) in _parameters)
            parameter.ClearGradient();
    }

    /// <summary>Returns the memory of the state; the parameters and their gradients stay.</summary>
    public void Dispose()
    {
        foreach ((_, Parameter parameter, _) in _parameters)
            parameter.GradientPlace = null;
        foreach (DeviceArray array in State.Select(entry => entry.Array).Concat(_gradientPlaces))
            array.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Step number <see cref="Steps"/>, with or without weight decay.</summary>
    protected abstract Update NextUpdate(bool decays);

    private DeviceArray[] Gradients() => [.. _parameters.Select(entry => entry.Parameter.Gradient).OfType<DeviceArray>()];

    private static IReadOnlyList<DeviceArray> Together((string Name, Parameter Parameter)[] parameters) => parameters.Length == 0
        ? []
        : parameters[0].Parameter.Device.AllocateTogether([.. parameters.Select(entry => entry.Parameter.Shape)], parameters[0].Parameter.DType);
}
