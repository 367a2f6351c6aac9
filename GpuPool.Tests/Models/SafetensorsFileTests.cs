using System.Buffers.Binary;
using System.Text;
using CsCheck;
using GpuPool.Kernels;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Models;

public sealed class SafetensorsFileTests
{
    private const string Valid = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}""";

    private string _folder = null!;

    private string Path => System.IO.Path.Combine(_folder, "file.safetensors");

    [OneTimeSetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("gpupool").FullName;

    [OneTimeTearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void What_is_written_is_read_back() =>
        Gen.Select(Gen.Double.Array[0, 9], Gen.Float.Array[1, 9], Gen.Long, Gen.String).Sample((doubles, floats, number, text) =>
        {
            string key = text + "key";
            SafetensorsFile.Write(Path,
            [
                new SafetensorsTensor("floats", new Shape(1, floats.Length), floats),
                new SafetensorsTensor("doubles", new Shape(doubles.Length), doubles),
                new SafetensorsTensor("number", Shape.Scalar, [number]),
            ], new Dictionary<string, string> { [key] = "text" });
            SafetensorsFile file = SafetensorsFile.Read(Path);
            Assert.That(file.Floats("floats"), Is.EqualTo(floats));
            Assert.That(file.Doubles("doubles"), Is.EqualTo(doubles));
            Assert.That(file.Integers("number"), Is.EqualTo(new[] { number }));
            Assert.That(file.Entries["floats"].Shape, Is.EqualTo(new Shape(1, floats.Length)));
            Assert.That(file.Metadata[key], Is.EqualTo("text"));
            Assert.That(file.Entries.Values.Select(entry => entry.Offset % SafetensorsEntry.ElementBytes(entry.Type)), Is.All.Zero, "aligned");
        }, iter: 30, threads: 1, seed: "0N0XIzNsQ0O2");

    [Test]
    public void Element_types_are_converted_on_the_way()
    {
        SafetensorsFile.Write(Path, [new SafetensorsTensor("x", new Shape(2), [0.1, -3]), new SafetensorsTensor("n", new Shape(1), [7L])]);
        SafetensorsFile file = SafetensorsFile.Read(Path);
        Assert.That(file.Floats("x"), Is.EqualTo(new[] { 0.1f, -3f }));
        Assert.That(file.Floats("n"), Is.EqualTo(new[] { 7f }));
        Assert.That(file.Doubles("n"), Is.EqualTo(new[] { 7.0 }));
        Assert.That(() => file.Integers("x"), Throws.TypeOf<SafetensorsException>().With.Message.Contains("'x' must be of type I64, but is F64"));
    }

    [Test]
    public void A_valid_header_is_read()
    {
        SafetensorsFile file = Read(Valid, 16);
        Assert.That(file.Entries["a"], Is.EqualTo(new SafetensorsEntry(SafetensorsType.Float32, new Shape(2), 8 + Valid.Length)));
        Assert.That(file.Entries["b"].Shape, Is.EqualTo(Shape.Scalar));
    }

    [TestCase("", 0, "not the JSON")]
    [TestCase("[]", 0, "the header must be an object")]
    [TestCase("{", 0, "not the JSON")]
    [TestCase("{}{}", 0, "not the JSON")]
    [TestCase("""{"a":1}""", 0, "'a' must be an object")]
    [TestCase("""{"\ud800":{}}""", 0, "not the JSON")]
    [TestCase("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "'a' occurs twice")]
    [TestCase("""{"__metadata__":{},"__metadata__":{}}""", 0, "'__metadata__' occurs twice")]
    [TestCase("""{"__metadata__":{"a":1}}""", 0, "the metadata 'a' must be a string")]
    [TestCase("""{"__metadata__":{"a":"","a":""}}""", 0, "the metadata 'a' occurs twice")]
    [TestCase("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "the dtype of 'a' is 'U8'; read are F32, F64, F16, BF16 and I64")]
    [TestCase("""{"a":{"dtype":1}}""", 0, "the dtype of 'a' must be a string")]
    [TestCase("""{"a":{"dtype":"F32","dtype":"F32"}}""", 0, "unknown or a second field 'dtype'")]
    [TestCase("""{"a":{"type":"F32"}}""", 0, "unknown or a second field 'type'")]
    [TestCase("""{"a":{"dtype":"F32","shape":[0]}}""", 0, "must have dtype, shape and two data_offsets")]
    [TestCase("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0]}}""", 0, "must have dtype, shape and two data_offsets")]
    [TestCase("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}""", 0, "at most 2 of them")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "at most 8 of them")]
    [TestCase("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "whole numbers of at least 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "whole numbers of at least 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", 4, "not the JSON")]
    [TestCase("""{"a":{"dtype":"F32","shape":[65536,65536],"data_offsets":[0,4]}}""", 4, "'a' has 2^31 elements or more")]
    [TestCase("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "whole numbers of at least 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,0],"data_offsets":[0,0]}}""", 0, "'a' has 2^31 elements or more")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", 8, "takes 4 bytes, but has 0 to 8 of 8")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "takes 8 bytes, but has 0 to 8 of 4")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}""", 8, "takes 4 bytes, but has 8 to 4 of 8")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a gap before 'a'")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "4 bytes behind the last tensor")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "an overlap with 'b'")]
    public void A_malformed_header_is_refused(string json, int dataBytes, string reason) =>
        Assert.That(() => Read(json, dataBytes),
            Throws.TypeOf<SafetensorsException>().With.Message.StartsWith($"'{Path}', byte ").And.Message.Contains(reason));

    [Test]
    public void A_header_longer_than_the_file_or_than_16_MiB_is_refused_before_it_is_read([Values(9ul, (16ul << 20) + 1, ulong.MaxValue)] ulong length)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(Path, bytes);
        Assert.That(() => SafetensorsFile.Read(Path), Throws.TypeOf<SafetensorsException>().With.Message.Contains($"the header has {length} bytes"));
    }

    [Test]
    public void A_file_of_less_than_8_bytes_is_refused()
    {
        File.WriteAllBytes(Path, new byte[7]);
        Assert.That(() => SafetensorsFile.Read(Path), Throws.TypeOf<SafetensorsException>().With.Message.Contains("within the length of its header"));
    }

    [Test]
    public void A_file_that_shrinks_after_its_header_was_read_is_reported()
    {
        SafetensorsFile file = Read(Valid, 16);
        File.WriteAllBytes(Path, File.ReadAllBytes(Path)[..^1]);
        Assert.That(file.Floats("a"), Is.EqualTo(new float[2]));
        Assert.That(() => file.Integers("b"), Throws.TypeOf<SafetensorsException>().With.Message.Contains("the file ends within 'b'"));
    }

    [Test]
    public void Where_a_folder_stands_nothing_is_written_beside_it()
    {
        Directory.CreateDirectory(Path + ".folder");
        Assert.That(() => SafetensorsFile.Write(Path + ".folder", []), Throws.InstanceOf<IOException>().Or.TypeOf<UnauthorizedAccessException>());
        Assert.That(Path + ".folder.partial", Does.Not.Exist);
    }

    [Test]
    public void A_repeated_name_is_not_written_and_the_old_file_stays()
    {
        Read(Valid, 16);
        var tensor = new SafetensorsTensor("a", new Shape(1), [1f]);
        Assert.That(() => SafetensorsFile.Write(Path, [tensor, tensor]), Throws.ArgumentException.With.Message.Contains("'a' is used twice"));
        Assert.That(SafetensorsFile.Read(Path).Entries, Has.Count.EqualTo(2));
    }

    private SafetensorsFile Read(string json, int dataBytes) => SafetensorsFile.Read(Write(Encoding.UTF8.GetBytes(json), dataBytes));

    private string Write(byte[] json, int dataBytes)
    {
        byte[] bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(Path, bytes);
        return Path;
    }
}
