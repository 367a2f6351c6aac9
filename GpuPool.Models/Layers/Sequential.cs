using System.Globalization;
using GpuPool.Autograd;

namespace GpuPool.Models.Layers;

/// <summary>Modules one after the other.</summary>
public class Sequential : Module
{
    private readonly List<Module> _modules = [];

    /// <summary>The modules in their order.</summary>
    protected IReadOnlyList<Module> Chain => _modules;

    /// <summary>A chain of modules named 0, 1, 2...</summary>
    public static Sequential Of(IEnumerable<Module> modules)
    {
        var chain = new Sequential();
        foreach (Module module in modules)
            chain.Append(chain._modules.Count.ToString(CultureInfo.InvariantCulture), module);
        return chain;
    }

    /// <summary>Adds a module to the end.</summary>
    /// <returns>This chain.</returns>
    public Sequential Append(string name, Module module)
    {
        _modules.Add(Child(name, module));
        return this;
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Run(x, 0, _modules.Count);

    /// <summary>The outputs of the modules at these places of the chain, in the order asked for; those behind the last place do not run.</summary>
    protected IReadOnlyList<Tensor> CallThrough(Tensor x, IReadOnlyList<int> places) => Call(x.Device, () =>
    {
        var outputs = new Dictionary<int, Tensor>();
        Tensor y = x;
        int begin = 0;
        foreach (int place in places.Distinct().Order())
        {
            outputs[place] = y = Run(y, begin, place + 1);
            begin = place + 1;
        }
        return [.. places.Select(place => outputs[place])];
    });

    private Tensor Run(Tensor x, int begin, int end)
    {
        Tensor y = x;
        for (int place = begin; place < end; place++)
        {
            Tensor next = _modules[place].Call(y);
            // Without gradients nobody asks for the map between two modules again.
            if (!GradientMode.IsOn && y != x && y != next)
                y.Value.Dispose();
            y = next;
        }
        return y;
    }
}
