using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using GpuPool.Autograd;
using GpuPool.Experiments;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Layers;
using GpuPool.Models.PyTorch;
using GpuPool.Models.Safetensors;
using GpuPool.Tests.Experiments;
using Architecture = GpuPool.Models.Architecture;

namespace GpuPool.Tests.Models.PyTorch;

public sealed class PyTorchFileTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void Views_of_one_storage_are_read_as_PyTorch_sees_them()
    {
        float[] elements = [0, 1, 2, 3, 4, 5, 6, 7];
        byte[] storage = MemoryMarshal.AsBytes(elements.AsSpan()).ToArray();
        PyTorchFile file = Read(TorchArchive.Dictionary(
            ("plain", View(1, [2, 3], [3, 1])), ("transposed", View(0, [3, 2], [1, 3])), ("sliced", View(1, [3], [2])), ("expanded", View(4, [2, 3], [0, 1])), ("scalar", View(7, [], []))), storage);
        Assert.That(file.Floats("plain"), Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(file.Floats("transposed"), Is.EqualTo(new float[] { 0, 3, 1, 4, 2, 5 }));
        Assert.That(file.Doubles("sliced"), Is.EqualTo(new double[] { 1, 3, 5 }));
        Assert.That(file.Floats("expanded"), Is.EqualTo(new float[] { 4, 5, 6, 4, 5, 6 }));
        Assert.That(file.Floats("scalar"), Is.EqualTo(new float[] { 7 }));
        Assert.That(file.ShapeOf("transposed"), Is.EqualTo(new Shape(3, 2)));

        static byte[] View(int offset, int[] shape, int[] strides) => TorchArchive.Tensor("FloatStorage", "0", 8, offset, shape, strides);
    }

    [Test]
    public void Every_element_type_is_read()
    {
        (string Storage, byte[] Bytes)[] types =
        [
            ("DoubleStorage", BitConverter.GetBytes(-1.5)), ("HalfStorage", BitConverter.GetBytes((Half)(-1.5))), ("BFloat16Storage", BitConverter.GetBytes((ushort)0xBFC0)),
            ("LongStorage", BitConverter.GetBytes(-3L)),
        ];
        PyTorchFile file = Read(
            TorchArchive.Dictionary([.. types.Select((type, key) => (type.Storage, TorchArchive.Tensor(type.Storage, $"{key}", 1, 0, [1], [1])))]), [.. types.Select(type => type.Bytes)]);
        Assert.That(types.Select(type => file.Floats(type.Storage)[0]), Is.EqualTo(new[] { -1.5f, -1.5f, -1.5f, -3 }));
        Assert.That(types.Select(type => file.Doubles(type.Storage)[0]), Is.EqualTo(new[] { -1.5, -1.5, -1.5, -3 }));
    }

    [Test]
    public void Deflated_entries_are_read()
    {
        byte[] storage = new byte[4000], value = TorchArchive.Dictionary(("a", TorchArchive.Tensor("FloatStorage", "0", 1000, 0, [1000], [1])));
        BitConverter.TryWriteBytes(storage.AsSpan(36), 2.5f);
        byte[] bytes = TorchArchive.Of(value, CompressionLevel.Optimal, storage);
        Assert.That(bytes.Length, Is.Below(storage.Length));
        File.WriteAllBytes(_folder["deflated.pth"], bytes);
        float[] values = PyTorchFile.Read(_folder["deflated.pth"]).Floats("a");
        Assert.That((values[9], values.Count(number => number == 0)), Is.EqualTo((2.5f, 999)));
    }

    [TestCase(")\u0085R", 0)]
    [TestCase("]\u0085R", 0)]
    [TestCase("(X\u0001\0\0\0aK\u0001\u0086X\u0001\0\0\0bK\u0002\u0086t\u0085R", 2)]
    [TestCase("](](X\u0001\0\0\0aK\u0001ee\u0085R", 1)]
    public void Dictionaries_are_called_with_their_pairs_by_some_writers(string call, int pairs)
    {
        byte[] dictionary = [.. "ccollections\nOrderedDict\n"u8, .. call.Select(letter => (byte)letter)];
        byte[] tensor = TorchArchive.Tensor("FloatStorage", "0", 1, 0, [1], [1]), plain = [.. "ccollections\nOrderedDict\n)R"u8];
        int hooks = tensor.AsSpan().IndexOf(plain);
        PyTorchFile file = Read(TorchArchive.Dictionary(("a", [.. tensor[..hooks], .. dictionary, .. tensor[(hooks + plain.Length)..]]), ("more", dictionary)), BitConverter.GetBytes(2.5f));
        Assert.That(file.Floats("a"), Is.EqualTo(new[] { 2.5f }));
        var read = (List<(object? Key, object? Value)>)new PickleReader([0x80, 2, .. dictionary, (byte)'.']).Read()!;
        Assert.That(read, Has.Count.EqualTo(pairs));
    }

    [Test]
    public void What_PyTorch_wrote_before_1_6_is_read_and_none_of_it_when_it_is_cut()
    {
        byte[] floats = MemoryMarshal.AsBytes(new float[] { 0, 1, 2, 3, 4, 5 }.AsSpan()).ToArray();
        byte[] matrix = TorchArchive.Tensor("FloatStorage", "70", 6, 1, [2, 2], [1, 3]);
        int end = matrix.AsSpan().IndexOf("tQ"u8);
        byte[] file = TorchArchive.Sequence(
            TorchArchive.Dictionary(("a", [.. matrix[..end], (byte)'N', .. matrix[end..]]), ("count", TorchArchive.Tensor("LongStorage", "9", 1, 0, [], []))),
            ("9", 8, BitConverter.GetBytes(-5L)), ("70", 4, floats));
        File.WriteAllBytes(_folder["old.pth"], file);
        var read = PyTorchFile.Read(_folder["old.pth"]);
        Assert.That(read.Floats("a"), Is.EqualTo(new float[] { 1, 4, 2, 5 }));
        Assert.That(read.Doubles("count"), Is.EqualTo(new double[] { -5 }));
        for (int length = 0; length < file.Length; length++)
        {
            File.WriteAllBytes(_folder["cut.pth"], file[..length]);
            Assert.That(() => PyTorchFile.Read(_folder["cut.pth"]), Throws.TypeOf<PyTorchException>(), $"{length} bytes");
        }
    }

    [Test]
    public void Of_several_dictionaries_the_one_with_the_most_tensors_is_read()
    {
        byte[] tensor = TorchArchive.Tensor("FloatStorage", "0", 1, 0, [1], [1]);
        byte[] weights = TorchArchive.Dictionary(("module.a", tensor), ("module.b", tensor)), optimiser = TorchArchive.Dictionary(("momentum", tensor));
        byte[] value = TorchArchive.Dictionary(("optimizer", optimiser), ("best_acc1", tensor), ("network", weights), ("average", weights));
        Assert.That(Read(value, new byte[4]).Entries.Keys, Is.EquivalentTo(new[] { "a", "b" }));
    }

    [Test]
    public void Names_of_older_DenseNets_are_known() => Assert.That(
        TorchvisionNames.Older([("features.denseblock1.denselayer2.norm1.weight", null!), ("features.denseblock1.denselayer2.conv2.weight", null!), ("features.norm5.weight", null!)]).Select(entry => entry.Name),
        Is.EqualTo(new[] { "features.denseblock1.denselayer2.norm.1.weight", "features.denseblock1.denselayer2.conv.2.weight", "features.norm5.weight" }));

    [TestCase("BoolStorage")]
    [TestCase("ComplexFloatStorage")]
    [TestCase("IntStorage")]
    public void Element_types_that_are_not_read_are_named(string storage) => Assert.That(
        () => Read(TorchArchive.Dictionary(("a", TorchArchive.Tensor(storage, "0", 1, 0, [1], [1]))), new byte[8]),
        Throws.TypeOf<PyTorchException>().With.Message.Contains($"it calls 'torch.{storage}', which is not among the names of tensors"));

    [Test]
    public void A_nested_dictionary_of_a_parallel_network_is_found()
    {
        byte[] tensor = TorchArchive.Tensor("FloatStorage", "0", 1, 0, [1], [1]);
        byte[] value = TorchArchive.Dictionary(("epoch", [(byte)'K', 3]), ("state_dict", TorchArchive.Dictionary(("module.a", tensor), ("module.b.c", tensor))));
        Assert.That(Read(value, new byte[4]).Entries.Keys, Is.EquivalentTo(new[] { "a", "b.c" }));
    }

    [TestCase("cos\nsystem\nX\u0004\0\0\0evil\u0085R", "it calls 'os.system', which is not among the names of tensors; nothing was executed")]
    [TestCase("cbuiltins\neval\n)R", "it calls 'builtins.eval'")]
    [TestCase("ios\nsystem\n", "the instruction 69 is not among those of tensors; nothing was executed")]
    [TestCase("ccollections\nOrderedDict\n)R", "it has no dictionary of tensors")]
    public void What_would_be_executed_is_refused_by_name(string pickle, string fault)
    {
        PyTorchException refusal = Assert.Throws<PyTorchException>(() => Read([.. pickle.Select(letter => (byte)letter)]))!;
        Assert.That(refusal.Message, Does.Contain(fault));
    }

    [Test]
    public void A_tensor_beyond_its_storage_and_a_flipped_bit_are_refused()
    {
        PyTorchFile file = Read(TorchArchive.Dictionary(("a", TorchArchive.Tensor("FloatStorage", "0", 4, 2, [3], [1]))), new byte[16]);
        Assert.That(() => file.Floats("a"), Throws.TypeOf<PyTorchException>().With.Message.Contains("'a' reaches beyond its 16 bytes"));
        byte[] bytes = TorchArchive.Of(("a", [50], Draw.Normal(50, 1)));
        int place = bytes.AsSpan().IndexOf(MemoryMarshal.AsBytes(Array.ConvertAll(Draw.Normal(50, 1), value => (float)value).AsSpan()));
        bytes[place + 9] ^= 1;
        File.WriteAllBytes(_folder["flipped.pth"], bytes);
        Assert.That(() => PyTorchFile.Read(_folder["flipped.pth"]).Floats("a"), Throws.TypeOf<PyTorchException>().With.Message.Contains("checksum"));
    }

    [TestCase("", "is a folder, where a file was expected")]
    [TestCase("none.pth", "does not exist")]
    public void A_path_without_a_file_is_data_that_is_missing(string name, string what)
    {
        CommandLine run = CommandLine.Run("weights", "inspect", _folder[name]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.DataMissing));
        Assert.That(run.Line, Does.StartWith($"gpupool: {_folder[name]} {what}. "));
    }

    [Test]
    public void Commands_import_inspect_and_export_under_both_names()
    {
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-skip-1222121"), new NetworkOptions(4, 0.1, Seed: 9));
        Dictionary<string, string> names = Weights.TorchvisionNamesOf(network);
        Assert.That(names["net.features.1.0.conv.6.weight"], Is.EqualTo("features.2.conv.2.weight"));
        Assert.That(names["net.features.0.0.conv.0.weight"], Is.EqualTo("features.1.conv.0.0.weight"));
        Assert.That(names["net.features.6.0.conv.7.running_mean"], Is.EqualTo("features.17.conv.3.running_mean"));
        Assert.That(names["net.conv2.1.bias"], Is.EqualTo("features.18.1.bias"));
        SafetensorsFile.Write(_folder["theirs.safetensors"], Weights.Tensors(network).Select(tensor => tensor.Rename(names[tensor.Name])));
        string[] import = ["weights", "import", _folder["theirs.safetensors"], "--architecture", "mobilenet_v2-skip-1222121", "--width", "0.1", "--size", "32"];
        CommandLine run = CommandLine.Run([.. import, "--classes", "4", "--run", _folder["run"]]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(File.ReadAllBytes(_folder["run/best.safetensors"]), Is.EqualTo(Saved(network)));
        CommandLine training = CommandLine.Run("train", "mobilenet_v2-skip-1222121", "--width", "0.1", "--size", "32", "--run", _folder["run"], "--resume");
        Assert.That((training.Code, training.Line), Is.EqualTo(
            (ExitCode.Configuration, $"gpupool: {_folder["run"]} holds weights imported from theirs.safetensors, which would be replaced. Choose another folder for --run.")));
        Assert.That(File.ReadAllBytes(_folder["run/best.safetensors"]), Is.EqualTo(Saved(network)));
        Assert.That(CommandLine.Run("weights", "export", _folder["run"], "--torchvision", "--out", _folder["out.safetensors"]).Code, Is.EqualTo(ExitCode.Done));
        Assert.That(CommandLine.Run("weights", "inspect", _folder["out.safetensors"]).Output, Does.Contain("features.18.0.weight float32 (1280, 32, 1, 1)\n").Or.Contain("features.18.0.weight"));
        CommandLine other = CommandLine.Run([.. import, "--classes", "5", "--run", _folder["other"]]);
        Assert.That(other.Code, Is.EqualTo(ExitCode.DataCorrupt));
        CommandLine partial = CommandLine.Run([.. import, "--classes", "5", "--partial", "--run", _folder["other"]]);
        Assert.That(partial.Output, Does.Contain("not in the file: classifier.1.weight (5, 1280), float32 (4, 1280) there"));
    }

    [Test]
    [Category("Nightly")]
    public void What_PyTorch_writes_is_read()
    {
        Python.Run($$"""
            import torch
            from torch import nn
            shared = torch.arange(24.)
            views = dict(plain=shared.view(4, 6), transposed=shared.view(4, 6).t(), sliced=shared[3:21:3], expanded=shared[5:7].view(2, 1).expand(2, 3), parameter=nn.Parameter(shared[:2].clone()),
                scalar=torch.tensor(7.), double=shared[:3].double(), half=shared[:3].half(), bfloat=shared[:3].bfloat16(), whole=torch.tensor([-3, 2**40]), empty=torch.zeros(0, 3))
            torch.save(dict(epoch=3, rate=0.1, done=True, state_dict={'module.' + name: tensor for name, tensor in views.items()}, optimizer=dict(state={}, param_groups=[dict(lr=1e-3, betas=(0.9, 0.999))])),
                '{{_folder["views"]}}.pth')
            network = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))
            with torch.no_grad(): network[0].weight.copy_(torch.arange(54.).view(3, 2, 3, 3))
            for _ in range(5): network(torch.zeros(2, 2, 4, 4))
            torch.save(network.state_dict(), '{{_folder["network"]}}.pth')
            torch.save(network.state_dict(), '{{_folder["older"]}}.pth', _use_new_zipfile_serialization=False)
            torch.save(network.half().state_dict(), '{{_folder["half"]}}.pth')
            torch.save(network, '{{_folder["object"]}}.pth')
            """);
        var views = PyTorchFile.Read(_folder["views.pth"]);
        float[] whole = [.. Enumerable.Range(0, 24).Select(number => (float)number)];
        (string Name, Shape Shape, float[] Values)[] expected =
        [
            ("plain", new Shape(4, 6), whole), ("transposed", new Shape(6, 4), [.. Enumerable.Range(0, 24).Select(place => whole[place % 4 * 6 + place / 4])]), ("sliced", new Shape(6), [3, 6, 9, 12, 15, 18]),
            ("expanded", new Shape(2, 3), [5, 5, 5, 6, 6, 6]), ("parameter", new Shape(2), [0, 1]), ("scalar", Shape.Scalar, [7]), ("double", new Shape(3), [0, 1, 2]), ("half", new Shape(3), [0, 1, 2]),
            ("bfloat", new Shape(3), [0, 1, 2]), ("whole", new Shape(2), [-3, 1L << 40]), ("empty", new Shape(0, 3), []),
        ];
        Assert.That(views.Entries.Keys, Is.EquivalentTo(expected.Select(entry => entry.Name)));
        foreach ((string name, Shape shape, float[] values) in expected)
            Assert.That((views.ShapeOf(name), views.Floats(name)), Is.EqualTo((shape, values)), name);
        using Module module = Sequential.Of([new Conv2dLayer(2, 3, new Window(3), bias: true), new BatchNormLayer(3)]);
        module.Allocate(Devices.Cpu);
        foreach (string file in new[] { "network", "older", "half" })
        {
            Assert.That(Weights.Import(module, PyTorchFile.Read(_folder[$"{file}.pth"])).Matched, Has.Count.EqualTo(6));
            SafetensorsTensor[] tensors = [.. Weights.Tensors(module)];
            SafetensorsFile.Write(_folder["taken"], tensors);
            var taken = SafetensorsFile.Read(_folder["taken"]);
            Assert.That(taken.Doubles("0.weight"), Is.EqualTo(Enumerable.Range(0, 54)));
            Assert.That(taken.Integers("1.num_batches_tracked"), Is.EqualTo(new[] { 5 }));
        }
        Assert.That(() => PyTorchFile.Read(_folder["object.pth"]), Throws.TypeOf<PyTorchException>().With.Message.Contains("it calls 'torch.nn.modules.container.Sequential'"));
    }

    // The package that brings them is large, so that it is restored by this test alone.
    [Test]
    [Category("Nightly")]
    public void What_TorchSharp_writes_for_PyTorch_is_read()
    {
        Directory.CreateDirectory(_folder["pybridge"]);
        File.WriteAllText(_folder["pybridge/pybridge.csproj"], """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup>
                <PackageReference Include="TorchSharp.PyBridge" Version="1.4.4" />
                <PackageReference Include="TorchSharp" Version="0.107.0" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(_folder["pybridge/Program.cs"], """
            using TorchSharp;
            using TorchSharp.PyBridge;
            using static TorchSharp.torch;

            var network = nn.Sequential(("0", nn.Conv2d(2, 3, 3)), ("1", nn.BatchNorm2d(3)));
            using (no_grad())
                network.state_dict()["0.weight"].copy_(arange(54, float32).view(3, 2, 3, 3));
            network.save_py("network.pth");
            network.save_safetensors("network.safetensors");
            """);
        if (Dotnet("restore").Code != 0)
            Assert.Ignore("TorchSharp.PyBridge 1.4.4 cannot be restored here.");
        Assert.That(Dotnet("build", "-c", "Release", "--no-restore", "-o", "built").Code, Is.Zero);
        AskForNoMoreThanDebian12Has(_folder["pybridge/built/runtimes/linux-x64/native/libLibTorchSharp.so"]);
        (int code, string error) = Dotnet("built/pybridge.dll");
        if (error.Contains(nameof(DllNotFoundException), StringComparison.Ordinal) || error.Contains(nameof(TypeInitializationException), StringComparison.Ordinal))
            Assert.Ignore($"libtorch cannot be loaded here: {error.Split('\n')[0]}");
        Assert.That(code, Is.Zero, error);
        foreach (ITensorFile file in new ITensorFile[] { PyTorchFile.Read(_folder["pybridge/network.pth"]), SafetensorsFile.Read(_folder["pybridge/network.safetensors"]) })
        {
            using Module module = Sequential.Of([new Conv2dLayer(2, 3, new Window(3), bias: true), new BatchNormLayer(3)]);
            module.Allocate(Devices.Cpu);
            WeightsMatch match = Weights.Import(module, file);
            Assert.That((match.Matched.Count, match.Unmatched.Count, match.Unused.Count), Is.EqualTo((6, 0, 0)), file.Path);
            Assert.That(file.Doubles("0.weight"), Is.EqualTo(Enumerable.Range(0, 54)), file.Path);
        }
    }

    [TestCase("resnet18", "resnet18_original-skip-1222", 64)]
    [TestCase("mobilenet_v2", "mobilenet_v2-skip-1222121", 64)]
    [TestCase("vgg16_bn", "vgg16_bn-maxp-22222", 64)]
    [TestCase("densenet121", "densenet121-avgp-1222", 64)]
    [TestCase("inception_v3", "inception_v3-maxp-2222", 96)]
    [Category("Nightly")]
    public void Logits_equal_those_of_torchvision(string kind, string label, int size)
    {
        string script = $"""
            import torch, torchvision
            torch.manual_seed(0)
            network = torchvision.models.{kind}(weights=None, num_classes=10).eval()
            for name, tensor in network.state_dict().items():
                if name.endswith('running_mean'): tensor.normal_(0, 0.1)
                if name.endswith('running_var'): tensor.uniform_(0.5, 1.5)
            torch.save(network.state_dict(), '{_folder[kind]}.pth')
            x = torch.randn(2, 3, {size}, {size})
            torch.save(dict(x=x, y=network(x).detach()), '{_folder[kind]}.sample.pth')
            """;
        Python.Run(script);
        using var network = Network.Create(Devices.Cpu, Architecture.Parse(label), new NetworkOptions(10));
        WeightsMatch match = Weights.Import(network, PyTorchFile.Read(_folder[$"{kind}.pth"]));
        Assert.That(match.Unmatched.Concat(match.Unused), Is.Empty);
        var sample = PyTorchFile.Read(_folder[$"{kind}.sample.pth"]);
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using IDisposable off = GradientMode.Off();
        var shape = new Shape(2, size, size, 3);
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(shape, TensorLayout.Map.FromPyTorch(shape, sample.Floats("x"))));
        float[] expected = sample.Floats("y"), logits = network.Call(x).Value.ToFloats();
        Assert.That(logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(MathF.Abs), Is.Below(1e-4));
    }

    private (int Code, string Error) Dotnet(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = _folder["pybridge"], RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        TestContext.Out.WriteLine(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        return (process.ExitCode, error.Result);
    }

    // TorchSharp 0.107 names version 3.4.32 of libstdc++ for a symbol that does nothing. The version stands in a table of names, and by its hash in a table of needs.
    private static void AskForNoMoreThanDebian12Has(string library)
    {
        byte[] bytes = File.ReadAllBytes(library);
        foreach ((byte[] asked, byte[] had) in new[] { ("GLIBCXX_3.4.32"u8.ToArray(), "GLIBCXX_3.4.30"u8.ToArray()), (BitConverter.GetBytes(0x0297F842), BitConverter.GetBytes(0x0297F840)) })
        {
            if (bytes.AsSpan().IndexOf(asked) is >= 0 and var place)
                had.CopyTo(bytes, place);
        }
        File.WriteAllBytes(library, bytes);
    }

    private PyTorchFile Read(byte[] value, params byte[][] storages)
    {
        string path = _folder["file.pth"];
        File.WriteAllBytes(path, TorchArchive.Of(value, storages));
        return PyTorchFile.Read(path);
    }

    private byte[] Saved(Network network)
    {
        Weights.Save(network, _folder["saved"], new Dictionary<string, string> { ["imported"] = "theirs.safetensors" });
        return File.ReadAllBytes(_folder["saved"]);
    }
}
