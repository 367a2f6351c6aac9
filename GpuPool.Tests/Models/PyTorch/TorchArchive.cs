using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace GpuPool.Tests.Models.PyTorch;

/// <summary>Files in the form of <c>torch.save</c>, made instruction by instruction.</summary>
public static class TorchArchive
{
    /// <summary>A dictionary of float32 tensors, each with elements of its own.</summary>
    public static byte[] Of(params (string Name, int[] Shape, double[] Values)[] tensors) => Of(
        Dictionary([.. tensors.Select((tensor, key) => (tensor.Name, Tensor("FloatStorage", $"{key}", tensor.Values.Length, 0, tensor.Shape, Dense(tensor.Shape))))]),
        [.. tensors.Select(tensor => MemoryMarshal.AsBytes(Array.ConvertAll(tensor.Values, value => (float)value).AsSpan()).ToArray())]);

    /// <summary>A file with this value and these storages, named 0, 1 and so on.</summary>
    public static byte[] Of(byte[] value, params byte[][] storages) => Of(value, CompressionLevel.NoCompression, storages);

    /// <summary>A file with this value and these storages, perhaps deflated as PyTorch never does.</summary>
    public static byte[] Of(byte[] value, CompressionLevel compression, params byte[][] storages)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("archive/data.pkl", [0x80, 2, .. value, (byte)'.']);
            Add("archive/byteorder", "little"u8.ToArray());
            for (int key = 0; key < storages.Length; key++)
                Add($"archive/data/{key}", storages[key]);

            void Add(string name, byte[] bytes)
            {
                using Stream entry = archive.CreateEntry(name, compression).Open();
                entry.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    /// <summary>A file as PyTorch wrote it before version 1.6, with these storages by name.</summary>
    public static byte[] Sequence(byte[] value, params (string Key, int ElementBytes, byte[] Bytes)[] storages) =>
    [
        .. new byte[] { 0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.', 0x80, 2 }, .. Integer(1001), (byte)'.',
        0x80, 2, (byte)'}', .. Text("little_endian"), 0x88, .. "s."u8, 0x80, 2, .. value, (byte)'.', 0x80, 2, .. "]("u8, .. storages.SelectMany(storage => Text(storage.Key)), .. "e."u8,
        .. storages.SelectMany(storage => BitConverter.GetBytes((long)storage.Bytes.Length / storage.ElementBytes).Concat(storage.Bytes)),
    ];

    /// <summary>A dictionary.</summary>
    public static byte[] Dictionary(params (string Name, byte[] Value)[] entries) =>
        [.. "ccollections\nOrderedDict\n)R("u8, .. entries.SelectMany(entry => Text(entry.Name).Concat(entry.Value)), (byte)'u'];

    /// <summary>A view of a storage, as PyTorch describes it.</summary>
    public static byte[] Tensor(string storage, string key, int elements, int offset, int[] shape, int[] strides) =>
    [
        .. "ctorch._utils\n_rebuild_tensor_v2\n(("u8, .. Text("storage"), .. Encoding.ASCII.GetBytes($"ctorch\n{storage}\n"), .. Text(key), .. Text("cpu"), .. Integer(elements), .. "tQ"u8,
        .. Integer(offset), .. Tuple(shape), .. Tuple(strides), 0x89, .. "ccollections\nOrderedDict\n)RtR"u8,
    ];

    /// <summary>A text.</summary>
    public static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Integer(int value) => [(byte)'J', .. BitConverter.GetBytes(value)];

    private static byte[] Tuple(int[] values) => [(byte)'(', .. values.SelectMany(Integer), (byte)'t'];

    private static int[] Dense(int[] shape) => [.. shape.Select((_, axis) => shape[(axis + 1)..].Aggregate(1, (product, extent) => product * extent))];
}
