using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;
using GpuPool.Kernels.Ops;
using GpuPool.Kernels.Updates;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Autograd;

public sealed class OptimizerTests
{
    [Test]
    public void Sgd_follows_pytorch_over_three_steps()
    {
        // Gradient of exp(w) at w; v and w by hand from v = 0.9 v + g, w = w - 0.1 v.
        double w = 0.5, v = 0;
        using ArrayScope outer = Devices.Cpu.OpenScope();
        Parameter parameter = Weight(w);
        using var sgd = new Sgd([("w", parameter)], learningRate: 0.1);
        for (int step = 0; step < 3; step++)
        {
            Step(sgd, parameter);
            v = 0.9 * v + Math.Exp(w);
            w -= 0.1 * v;
            Assert.That(parameter.Value.ToDoubles()[0], Is.EqualTo(w).Within(1e-14));
        }
        Assert.That(sgd.State.Single().Name, Is.EqualTo("momentum.w"));
        Assert.That(sgd.State.Single().Array.ToDoubles()[0], Is.EqualTo(v).Within(1e-14));
    }

    [TestCase(2.5, 0.5)]
    [TestCase(100, 1)]
    public void Clipping_shortens_the_gradient_of_all_parameters_together_to_its_bound(double most, double share)
    {
        // Norms of 3 and 4 make one of 5; the second gradient is of several blocks.
        const int count = 20_000;
        double[] gradient = Draw.Normal(count, seed: 1), weights = Draw.Normal(count, seed: 2);
        double scale = 4 / Math.Sqrt(gradient.Sum(value => value * value));
        gradient = [.. gradient.Select(value => scale * value)];
        using ArrayScope outer = Devices.Cpu.OpenScope();
        var small = new Parameter(Devices.Cpu.Upload(new Shape(2), [1.0, 1]));
        var large = new Parameter(Devices.Cpu.Upload(new Shape(count), weights));
        using var sgd = new Sgd([("small", small), ("large", large)], learningRate: 1, momentum: 0);
        Seed(small, [3, 0]);
        Seed(large, gradient);
        Assert.That(sgd.GradientNorm(), Is.EqualTo(5).Within(1e-12));
        sgd.ClipGradients(most);
        Assert.That(sgd.GradientNorm(), Is.EqualTo(Math.Min(5, most)).Within(1e-5));
        sgd.Step();
        double factor = Math.Min(1, most / (5 + 1e-6));
        Assert.That(factor, Is.EqualTo(share).Within(1e-6));
        Assert.That(small.Value.ToDoubles(), Is.EqualTo(new[] { 1 - 3 * factor, 1 }).Within(1e-12));
        Assert.That(OpCheck.RelativeError(large.Value.ToDoubles(), [.. weights.Zip(gradient, (weight, value) => weight - factor * value)]), Is.NoMoreThan(1e-14));
    }

    [Test]
    public void The_norm_of_gradients_is_the_same_in_the_portable_body([Values] DType type)
    {
        using ArrayScope outer = Devices.Cpu.OpenScope();
        DeviceArray[] arrays = [.. new[] { 1, 8191, 8193, 30_000 }.Select(count => Devices.Cpu.Upload(new Shape(count), Draw.Normal(count, count), type))];
        double host = GlobalNorm.Of(arrays), portable = 0;
        OpCheck.Portable(() => portable = GlobalNorm.Of(arrays));
        double expected = Math.Sqrt(arrays.Sum(array => array.ToDoubles().Sum(value => value * value)));
        double tolerance = (type == DType.Float32 ? 1e-6 : 1e-14) * expected;
        Assert.That(host, Is.EqualTo(expected).Within(tolerance));
        Assert.That(portable, Is.EqualTo(expected).Within(10 * tolerance));
    }

    [Test]
    public void A_vector_is_clipped_by_a_factor_that_is_rounded_once()
    {
        foreach (Body body in Body.All)
            body.Run(device => IsClipped(device, Math.ScaleB(1, -53)));
    }

    [Test]
    public void A_vector_is_clipped_on_a_gpu()
    {
        // Its square root and quotient may be off by some units in the last place, and no block is in the order of the processor.
        foreach (Body body in Body.Gpu)
            body.Run(device => IsClipped(device, 1e-6));
    }

    [Test]
    public void First_step_of_adam_is_the_learning_rate_whatever_the_gradient([Values(-3.0, 0.0, 5.0)] double at)
    {
        using ArrayScope outer = Devices.Cpu.OpenScope();
        Parameter parameter = Weight(at);
        using var adam = new Adam([("w", parameter)], learningRate: 0.01);
        Step(adam, parameter);
        Assert.That(parameter.Value.ToDoubles()[0], Is.EqualTo(at - 0.01).Within(1e-8));
        Assert.That(adam.State.Select(entry => entry.Name), Is.EqualTo(new[] { "mean.w", "square.w" }));
    }

    [Test]
    public void Adam_continues_from_a_saved_state()
    {
        using ArrayScope outer = Devices.Cpu.OpenScope();
        Parameter parameter = Weight(0.5), resumed = Weight(0);
        using var adam = new Adam([("w", parameter)]);
        using var other = new Adam([("w", resumed)]);
        Step(adam, parameter);
        resumed.Value.CopyFrom(parameter.Value.ToDoubles());
        foreach (((_, DeviceArray from), (_, DeviceArray to)) in adam.State.Zip(other.State))
            to.CopyFrom(from.ToDoubles());
        other.Steps = adam.Steps;
        Step(adam, parameter);
        Step(other, resumed);
        Assert.That(resumed.Value.ToDoubles(), Is.EqualTo(parameter.Value.ToDoubles()));
    }

    [Test]
    public void Parameters_without_a_gradient_stay_and_gradients_are_cleared()
    {
        using ArrayScope outer = Devices.Cpu.OpenScope();
        Parameter used = Weight(1), unused = Weight(1);
        using var sgd = new Sgd([("used", used), ("unused", unused)], learningRate: 0.1, weightDecay: 0.5);
        Step(sgd, used);
        Assert.That(used.Value.ToDoubles()[0], Is.Below(1));
        Assert.That(unused.Value.ToDoubles()[0], Is.EqualTo(1));
        Assert.That(used.Gradient, Is.Null);
    }

    [Test]
    public void A_frozen_parameter_is_not_trained_and_gets_no_gradient()
    {
        using ArrayScope outer = Devices.Cpu.OpenScope();
        Parameter gamma = Weight(1), beta = Weight(2);
        gamma.RequiresGradient = false;
        var statistics = new BatchNormStatistics(Devices.Cpu.Upload(new Shape(1), [0.0]), Devices.Cpu.Upload(new Shape(1), [1.0]));
        using var sgd = new Sgd([("gamma", gamma), ("beta", beta)], learningRate: 0.1, weightDecay: 0.5);
        using (Devices.Cpu.OpenScope())
        {
            Tensor x = Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, 3, 1, 1), [1.0, 2, 4]));
            Tensor loss = x.BatchNorm(gamma, beta, statistics, training: true).Exp().GlobalAveragePool();
            loss.Backward();
            Assert.That(x.Gradient, Is.Null);
            Assert.That(gamma.Gradient, Is.Null);
            sgd.Step();
        }
        Assert.That(gamma.Value.ToDoubles()[0], Is.EqualTo(1));
        Assert.That(beta.Value.ToDoubles()[0], Is.Not.EqualTo(2));
    }

    [Test]
    public void Weight_decay_leaves_alone_what_does_not_decay()
    {
        // Gradient exp(1) at 1. By hand: w = 1 - 0.1 (e + 0.5) with decay; Adam divides by sqrt(d²) + epsilon, here as large as d is.
        using ArrayScope outer = Devices.Cpu.OpenScope();
        foreach (bool decays in new[] { true, false })
        {
            double d = Math.E + (decays ? 0.5 : 0);
            Parameter one = Weight(1, decays), other = Weight(1, decays);
            using var sgd = new Sgd([("w", one)], learningRate: 0.1, weightDecay: 0.5);
            using var adam = new Adam([("w", other)], learningRate: 0.1, epsilon: 3, weightDecay: 0.5);
            Step(sgd, one);
            Step(adam, other);
            Assert.That(one.Value.ToDoubles()[0], Is.EqualTo(1 - 0.1 * d).Within(1e-14));
            Assert.That(other.Value.ToDoubles()[0], Is.EqualTo(1 - 0.1 * d / (d + 3)).Within(1e-14));
        }
    }

    [Test]
    public void Parameters_that_lie_together_are_changed_in_one_launch_as_each_alone_on_a_device_that_prefers_few()
    {
        (double[][] expected, _) = TrainTogether(prefersFewLaunches: false);
        (double[][] weights, int launches) = TrainTogether(prefersFewLaunches: true);
        // The first two, the one whose gradient is a sum, the next two, and the one that does not decay.
        Assert.That(launches, Is.EqualTo(4));
        for (int index = 0; index < weights.Length; index++)
            Assert.That(weights[index], Is.EqualTo(expected[index]).Within(1e-14), $"parameter {index}");
    }

    [Test]
    public void Memory_stays_flat_over_steps_and_state_outlives_the_scope_it_was_made_in()
    {
        long before = Devices.Cpu.LiveBytes;
        using (Devices.Cpu.OpenScope())
        {
            Parameter parameter = Weight(0.5);
            Sgd sgd;
            using (Devices.Cpu.OpenScope())
                sgd = new Sgd([("w", parameter)], learningRate: 0.1);
            long live = Devices.Cpu.LiveBytes;
            for (int step = 0; step < 1000; step++)
                Step(sgd, parameter);
            Assert.That(Devices.Cpu.LiveBytes, Is.EqualTo(live));
            sgd.Dispose();
        }
        Assert.That(Devices.Cpu.LiveBytes, Is.EqualTo(before));
    }

    [Test]
    public void An_optimiser_whose_state_finds_no_room_takes_none()
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        Parameter small = new(device.Allocate(new Shape(1000))), large = new(device.Allocate(new Shape(100_000)));
        long before = device.LiveBytes;
        device.MemoryLimitBytes = device.ReservedBytes + 10_000;
        Assert.That(() => new Adam([("small", small), ("large", large)]), Throws.TypeOf<DeviceMemoryException>());
        Assert.That(device.LiveBytes, Is.EqualTo(before));
    }

    [Test]
    public void Adam_finds_the_minimum_of_a_classification_loss()
    {
        using ArrayScope outer = Devices.Cpu.OpenScope();
        var parameter = new Parameter(Devices.Cpu.Upload(new Shape(1, 3), new double[3]));
        using var adam = new Adam([("logits", parameter)], learningRate: 0.1);
        double loss = 0;
        for (int step = 0; step < 200; step++)
        {
            using ArrayScope scope = Devices.Cpu.OpenScope();
            Tensor mean = parameter.SoftmaxCrossEntropy(Tensor.Leaf(Devices.Cpu.Upload(new Shape(1), [2.0])));
            loss = mean.Item();
            mean.Backward();
            adam.Step();
        }
        Assert.That(loss, Is.Below(0.01));
    }

    // Weights after two steps of clipped gradients, and the launches of one update.
    private static (double[][] Weights, int Launches) TrainTogether(bool prefersFewLaunches)
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        device.SimulatesThreads = prefersFewLaunches;
        int launches = 0;
        device.Interceptor = launch =>
        {
            launches += launch.Argument is SgdElement<double, Real64> ? 1 : 0;
            return false;
        };
        using ArrayScope scope = device.OpenScope();
        Shape[] shapes = [new(3), new(2, 5), new(1), new(17), new(4), new(2)];
        Parameter[] parameters = [.. device.AllocateTogether(shapes, DType.Float64).Select((array, index) => new Parameter(array) { Decays = index < 5 })];
        foreach (Parameter parameter in parameters)
            parameter.Value.CopyFrom(Draw.Normal(parameter.Shape.Count, parameter.Shape.Count));
        using var sgd = new Sgd(parameters.Select((parameter, index) => ($"{index}", parameter)), learningRate: 0.1, weightDecay: 0.5);
        for (int step = 0; step < 2; step++)
        {
            using ArrayScope inner = device.OpenScope();
            foreach (Parameter parameter in parameters)
            {
                Tensor y = parameter.Shape.Count == 1 ? parameter.Exp().Add(parameter) : parameter.Exp();
                y.Backward(device.Upload(y.Shape, Draw.Normal(y.Shape.Count, step)));
            }
            sgd.ClipGradients(1);
            sgd.Step();
        }
        double[][] weights = Array.ConvertAll(parameters, parameter => parameter.Value.ToDoubles());
        foreach (Parameter parameter in parameters)
            parameter.ClearGradient();
        return (weights, launches / 2);
    }

    private static Parameter Weight(double value, bool decays = true) => new(Devices.Cpu.Upload(new Shape(1), [value])) { Decays = decays };

    // Vectors whose norm is above a bound, below it, and no number.
    private static void IsClipped(Device device, double tolerance)
    {
        int[] counts = [1, 8191, 8193, 30_000];
        float[][] values = Array.ConvertAll(counts, count => Array.ConvertAll(Draw.Normal(count, count), value => (float)value));
        foreach (double most in new[] { 0.1, 1e6 })
        {
            DeviceArray[] arrays = [.. values.Select(vector => device.Upload(new Shape(vector.Length), vector))];
            float factor = (float)Math.Min(1, most / (GlobalNorm.Of(arrays) + 1e-6));
            GlobalNorm.Clip(arrays, most);
            foreach ((DeviceArray array, float[] vector) in arrays.Zip(values))
                Assert.That(array.ToFloats(), Is.EqualTo(Array.ConvertAll(vector, value => value * factor)).Within(tolerance * factor));
        }
        DeviceArray[] spoilt = [device.Upload(new Shape(2), [1f, 2f]), device.Upload(new Shape(1), [float.NaN])];
        GlobalNorm.Clip(spoilt, 1);
        Assert.That(spoilt.SelectMany(array => array.ToFloats()), Is.All.NaN);
    }

    // Leaves a parameter with this gradient.
    private static void Seed(Parameter parameter, double[] gradient)
    {
        Tensor same = parameter.Scale(1);
        same.Backward(Devices.Cpu.Upload(parameter.Shape, gradient));
    }

    private static void Step(Optimizer optimizer, Parameter parameter)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        parameter.Exp().Backward();
        optimizer.Step();
    }
}
