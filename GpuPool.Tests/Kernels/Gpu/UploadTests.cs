using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;

namespace GpuPool.Tests.Kernels.Gpu;

/// <summary>How values come to a GPU, and for what the host waits.</summary>
public sealed class UploadTests
{
    [Test]
    public void Values_arrive_as_they_were_when_they_were_sent_on_a_gpu()
    {
        using ArrayScope scope = Devices.Gpu.OpenScope();
        float[] values = new float[100_000];
        var sums = new List<DeviceArray>();
        for (int round = 0; round < 200; round++)
        {
            Array.Fill(values, round);
            sums.Add(new Add().Forward([Devices.Gpu.Upload(new Shape(values.Length), values), Devices.Gpu.Upload(new Shape(values.Length), values)], keep: false).Output);
        }
        for (int round = 0; round < sums.Count; round++)
            Assert.That(sums[round].ToFloats(), Is.All.EqualTo(2f * round));
    }

    [Test]
    public void More_values_than_are_on_their_way_at_a_time_arrive_on_a_gpu()
    {
        float[] values = new float[(64 << 20) / sizeof(float) + 1000];
        for (int index = 0; index < values.Length; index++)
            values[index] = index;
        using DeviceArray small = Devices.Gpu.Upload(new Shape(3), [1f, 2, 3]), large = Devices.Gpu.Upload(new Shape(values.Length), values);
        Assert.That(small.ToFloats(), Is.EqualTo(new[] { 1f, 2, 3 }));
        Assert.That(large.ToFloats().AsSpan().SequenceEqual(values));
    }

    [Test]
    public void The_host_does_not_wait_within_a_training_step_on_a_gpu()
    {
        Device device = Devices.Gpu;
        using Network network = Network.Create(device, Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121"), new NetworkOptions(10, 0.1));
        using var optimiser = new Sgd(network.Parameters, learningRate: 0.01);
        network.Training = true;
        using ArrayScope step = device.OpenScope();
        int before = device.Synchronisations;
        Tensor x = Tensor.Leaf(device.Upload(new Shape(2, 64, 64, 3), Draw.Normal(2 * 64 * 64 * 3, 1), DType.Float32));
        Tensor loss = network.Call(x).SoftmaxCrossEntropy(Tensor.Leaf(device.Upload(new Shape(2), [1f, 2f])));
        loss.Backward();
        optimiser.ClipGradients(1);
        optimiser.Step();
        Assert.That(device.Synchronisations, Is.EqualTo(before));
        Assert.That(loss.Item(), Is.GreaterThan(0));
        Assert.That(device.Synchronisations, Is.EqualTo(before + 1));
    }

    [Test]
    public void Arrays_sent_ahead_arrive_in_their_order_and_the_ones_before_stay_on_a_gpu([Values] bool waits)
    {
        Device device = Devices.Gpu;
        using var ahead = new UploadAhead(device);
        float[] values = new float[100_000];
        var sums = new List<DeviceArray>();
        using ArrayScope scope = device.OpenScope();
        Begin(0);
        for (int round = 0; round < 50; round++)
        {
            DeviceArray x = ahead.Take();
            sums.Add(new Add().Forward([x, x], keep: false).Output);
            Begin(round + 1);
            if (waits)
                device.Synchronize();
        }
        for (int round = 0; round < sums.Count; round++)
            Assert.That(sums[round].ToFloats(), Has.Length.EqualTo(Length(round)).And.All.EqualTo(2f * round));

        void Begin(int round)
        {
            values = new float[Length(round)];
            Array.Fill(values, round);
            ahead.Begin(new Shape(values.Length), values);
            // On a GPU the array of the host is free at once.
            Array.Clear(values);
        }

        static int Length(int round) => 100_000 - 7 * (round % 5) + (round == 20 ? 50_000 : 0);
    }

    [Test]
    public void What_is_sent_ahead_is_not_waited_for_before_it_is_taken_on_a_gpu()
    {
        Device device = Devices.Gpu;
        using var ahead = new UploadAhead(device);
        using ArrayScope scope = device.OpenScope();
        float[] values = [1, 2, 3];
        for (int round = 0; round < 2; round++)
        {
            ahead.Begin(new Shape(3), values);
            _ = ahead.Take().ToFloats();
        }
        int before = device.Synchronisations;
        ahead.Begin(new Shape(3), values);
        DeviceArray taken = ahead.Take();
        Assert.That(device.Synchronisations, Is.EqualTo(before));
        Assert.That(taken.ToFloats(), Is.EqualTo(values));
    }

    [Test]
    public void On_the_processor_an_array_sent_ahead_takes_memory_when_it_is_taken()
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        using var ahead = new UploadAhead(device);
        ahead.Begin(new Shape(2, 2), [1, 2, 3, 4]);
        Assert.That(device.LiveBytes, Is.Zero);
        using DeviceArray taken = ahead.Take();
        Assert.That(taken.ToFloats(), Is.EqualTo(new[] { 1f, 2, 3, 4 }));
        Assert.That(taken.Shape, Is.EqualTo(new Shape(2, 2)));
        Assert.Throws<ShapeException>(() => ahead.Begin(new Shape(3), [1, 2]));
    }
}
