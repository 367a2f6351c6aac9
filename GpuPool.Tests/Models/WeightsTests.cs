using System.Text;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;
using GpuPool.Models.Layers;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Models;

public sealed class WeightsTests
{
    private string _path = null!;

    [SetUp]
    public void MakeFile() => _path = Path.GetTempFileName();

    [TearDown]
    public void RemoveFile() => File.Delete(_path);

    [Test]
    public void Weights_are_kept_between_element_types()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module single = Create(DType.Float32, 1), twofold = Create(DType.Float64, 2);
        Weights.Save(single, _path);
        Weights.Load(twofold, _path);
        Assert.That(twofold.States.Select(entry => entry.State.Value.Value.ToFloats()), Is.EqualTo(single.States.Select(entry => entry.State.Value.Value.ToFloats())));
    }

    [Test]
    public void A_released_detector_may_carry_a_classifier_and_nothing_else()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var architecture = DetectorArchitecture.Parse("ssd-mobilenet_v2-skip-1222121");
        using Detector released = architecture.Create(Devices.Cpu, new NetworkOptions(8, 0.1, Seed: 1)), ours = architecture.Create(Devices.Cpu, new NetworkOptions(8, 0.1, Seed: 2));
        SafetensorsTensor classifier = new("backbone.net.classifier.bias", new Shape(3), new float[3]);
        SafetensorsFile.Write(_path, [.. Weights.Tensors(released), classifier]);
        Weights.LoadDetector(ours, SafetensorsFile.Read(_path));
        Assert.That(ours.States.Select(entry => entry.State.Value.Value.ToFloats()), Is.EqualTo(released.States.Select(entry => entry.State.Value.Value.ToFloats())));
        SafetensorsFile.Write(_path, [.. Weights.Tensors(released), classifier.Rename("bbox_head.more")]);
        Assert.That(() => Weights.LoadDetector(ours, SafetensorsFile.Read(_path)), Throws.TypeOf<WeightsException>().With.Message.Contain("unknown, first 'bbox_head.more'"));
    }

    [Test]
    public void Missing_and_unknown_tensors_are_named_and_nothing_is_changed()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module module = Create(DType.Float32, 1);
        double[] before = module.Parameters.First().Parameter.Value.ToDoubles();
        SafetensorsFile.Write(_path, [new SafetensorsTensor("0.weight", new Shape(5, 2, 3, 3), new float[90]), new SafetensorsTensor("fc.weight", new Shape(1), [1f])]);
        Assert.That(() => Weights.Load(module, _path), Throws.TypeOf<WeightsException>().With.Message
            .EqualTo($"the weights '{_path}' do not fit: 5 missing, first '0.bias'; 1 unknown, first 'fc.weight'"));
        Assert.That(module.Parameters.First().Parameter.Value.ToDoubles(), Is.EqualTo(before));
    }

    [Test]
    public void Another_shape_is_refused_with_both_shapes()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module module = Create(DType.Float32, 1), wider = Sequential.Of([new Conv2dLayer(2, 5, new Window(1), bias: true), new BatchNormLayer(5)]);
        wider.Allocate(Devices.Cpu);
        Weights.Save(wider, _path);
        Assert.That(() => Weights.Load(module, _path), Throws.TypeOf<WeightsException>().With.Message
            .EndsWith("'0.weight' must be (5, 2, 3, 3) of floating-point numbers, but is (5, 2, 1, 1) of F32"));
    }

    [Test]
    public void Counts_of_batches_are_kept()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module module = Create(DType.Float32, 1), other = Create(DType.Float32, 2);
        SafetensorsFile.Write(_path, Weights.Tensors(module).Select(tensor => tensor.Name == "1.num_batches_tracked" ? new SafetensorsTensor(tensor.Name, Shape.Scalar, [123_456_789_012L]) : tensor));
        Weights.Load(module, _path);
        Weights.Import(other, SafetensorsFile.Read(_path));
        foreach (Module filled in new[] { module, other })
        {
            Weights.Save(filled, _path);
            Assert.That(SafetensorsFile.Read(_path).Integers("1.num_batches_tracked"), Is.EqualTo(new[] { 123_456_789_012L }));
        }
    }

    [TestCase("F16", new byte[] { 0x00, 0xBE, 0x00, 0x3C })]
    [TestCase("BF16", new byte[] { 0xC0, 0xBF, 0x80, 0x3F })]
    public void Half_precisions_are_taken_over(string type, byte[] elements)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module module = new LinearLayer(1, 1);
        module.Allocate(Devices.Cpu);
        byte[] header = Encoding.ASCII.GetBytes($$$"""{"weight":{"dtype":"{{{type}}}","shape":[1,1],"data_offsets":[0,2]},"bias":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[2,4]}}""");
        File.WriteAllBytes(_path, [.. BitConverter.GetBytes((long)header.Length), .. header, .. elements]);
        Weights.Load(module, _path);
        Assert.That(module.States.Select(entry => entry.State.Value.Item()), Is.EqualTo(new[] { -1.5, 1 }));
        Assert.That(SafetensorsFile.Read(_path).Tensor("bias").Type, Is.EqualTo(SafetensorsType.Float32));
    }

    private static Sequential Create(DType type, ulong seed)
    {
        Sequential module = Sequential.Of([new Conv2dLayer(2, 5, new Window(3), bias: true), new BatchNormLayer(5)]);
        module.Allocate(Devices.Cpu, type, seed);
        return module;
    }
}
