using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Backbones;

namespace GpuPool.Tests.Models;

public sealed class BackboneTests
{
    [TestCase("resnet18-skip-1222", "layer1:4:64 layer2:8:128 layer3:16:256 layer4:32:512")]
    [TestCase("resnet18_v2-nlp-4222", "layer1:16:64 layer2:32:128 layer3:64:256 layer4:128:512")]
    [TestCase("prepool-lip-2-resnet18-nlp-1222", "layer1:2:64 layer2:4:128 layer3:8:256 layer4:16:512")]
    [TestCase("mobilenet-maxp-1222121",
        "features.0:2:16 features.1:4:24 features.2:8:32 features.3:16:64 features.4:16:96 features.5:32:160 features.6:32:320 conv2:32:1280")]
    [TestCase("vgg16_bn-maxp-22222", "features.6:2:64 features.13:4:128 features.23:8:256 features.33:16:512 features.43:32:512")]
    [TestCase("densenet121-avgp-1222", "features.denseblock1:4:256 features.denseblock2:8:512 features.denseblock3:16:1024 features.denseblock4:32:1024")]
    [TestCase("inception_v3-nlp-2222", "Conv2d_2b_3x3:4:64 Mixed_5d:8:288 Mixed_6e:16:768 Mixed_7c:32:2048")]
    public void Stages_say_name_stride_and_channels(string label, string expected) =>
        Assert.That(string.Join(' ', Backbone(label).Stages.Select(stage => $"{stage.Name}:{stage.Stride}:{stage.Channels}")), Is.EqualTo(expected));

    [TestCase("resnet18-nlp_headfix2-1222")]
    [TestCase("mobilenet_v2-skip-1222121")]
    [TestCase("prepool-maxp-4-mobilenet-avgp-1222121")]
    [TestCase("prepool-maxp-4-densenet121-lip-1222")]
    public void The_map_of_each_stage_has_its_stride_and_channels_and_the_last_is_the_output(string label)
    {
        const int size = 128;
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Backbone backbone = Backbone(label);
        backbone.Allocate(Devices.Cpu);
        Tensor x = Image(size);
        using IDisposable off = GradientMode.Off();
        IReadOnlyList<Tensor> maps = backbone.Features(x);
        Assert.That(maps.Select(map => map.Shape), Is.EqualTo(backbone.Stages.Select(stage => new Shape(1, size / stage.Stride, size / stage.Stride, stage.Channels))));
        Assert.That(maps[^1].Value.ToFloats(), Is.EqualTo(backbone.Call(x).Value.ToFloats()));
    }

    [Test]
    public void Maps_come_in_the_order_asked_for_and_no_other_outlives_the_call()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Backbone backbone = Backbone("mobilenet_v2-skip-1222121");
        backbone.Allocate(Devices.Cpu);
        Tensor x = Image(64);
        using IDisposable off = GradientMode.Off();
        long before = Devices.Cpu.LiveBytes;
        IReadOnlyList<Tensor> maps = backbone.Features(x, 4, 1, 4);
        Assert.That(maps.Select(map => map.Shape.Channels), Is.EqualTo(new[] { 96, 24, 96 }));
        Assert.That(Devices.Cpu.LiveBytes - before, Is.EqualTo(maps[0].Value.Bytes + maps[1].Value.Bytes));
    }

    [Test]
    public void Evaluation_releases_what_is_not_tapped_as_it_goes()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Backbone backbone = Backbone("mobilenet_v2-skip-1222121");
        backbone.Allocate(Devices.Cpu);
        Tensor x = Image(64);
        using IDisposable off = GradientMode.Off();
        long Peak(Func<IReadOnlyList<Tensor>> call)
        {
            long before = Devices.Cpu.LiveBytes;
            Devices.Cpu.ResetPeak();
            foreach (Tensor map in call())
                map.Value.Dispose();
            return Devices.Cpu.PeakBytes - before;
        }
        long chain = Peak(() => [backbone.Call(x)]);
        Assert.That(Peak(() => backbone.Features(x, 7)), Is.EqualTo(chain));
        Assert.That(Peak(() => backbone.Features(x, 6, 7)), Is.EqualTo(chain), "the peak lies in the first stages");
        Assert.That(Peak(() => backbone.Features(x, 0, 7)), Is.EqualTo(chain), "the peak lies where map 0 is read");
    }

    [Test]
    public void Gradients_reach_the_image_from_every_map()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Backbone backbone = Backbone("resnet18-maxp-1222");
        backbone.Allocate(Devices.Cpu);
        for (int stage = 0; stage < backbone.Stages.Count; stage++)
        {
            var x = Tensor.Leaf(Image(32).Value, requiresGradient: true);
            Tensor map = backbone.Features(x, stage)[0];
            map.Backward(Devices.Cpu.Upload(map.Shape, Draw.Normal(map.Shape.Count, 1), DType.Float32));
            Assert.That(x.Gradient!.ToDoubles(), Has.Some.Not.Zero, backbone.Stages[stage].Name);
        }
    }

    private static Backbone Backbone(string label) => new Network(Architecture.Parse(label), new NetworkOptions()).Backbone;

    private static Tensor Image(int size) => Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, size, size, 3), Draw.Normal(size * size * 3, 1), DType.Float32));
}
