using System.Text;

namespace GpuPool.Experiments.Data;

/// <summary>One split of STL-10 (Coates, Ng, Lee 2011), or of any set stored in its binary layout: 96 x 96 colour pictures.</summary>
/// <remarks>
/// <c>SPLIT_X.bin</c> holds 27,648 bytes a picture: a red, a green and a blue plane, each column after column (byte c * 9216 + x * 96 + y);
/// <c>SPLIT_y.bin</c> a byte a picture, the label counted from 1; <c>class_names.txt</c> a line a class, or is absent for STL-10's own ten.
/// Pictures are read from the file when asked for (the system's file cache holds them), so that opening is quick and memory small.
/// Source of the layout: the data set's page and torchvision's <c>stl10.py</c>.
/// </remarks>
public sealed class Stl10Dataset : IDataset
{
    /// <summary>Rows and columns of each picture.</summary>
    public const int Side = 96;

    private const int Plane = Side * Side, ImageBytes = 3 * Plane, MostLabels = 1 << 24, MostNameBytes = 1 << 16;

    private static readonly string[] Stl10Names = ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"];

    private readonly string _images;
    private readonly byte[] _labels;

    private Stl10Dataset(string name, string images, byte[] labels, string[] classNames) =>
        (Name, _images, _labels, ClassNames) = (name, images, labels, classNames);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public int Count => _labels.Length;

    /// <summary>Opens a split and checks that its files fit together.</summary>
    /// <param name="folder">The folder of the files, or the one above <c>stl10_binary</c>.</param>
    /// <param name="split"><c>train</c> or <c>test</c>.</param>
    /// <exception cref="GpuPoolException">A file is missing (10) or does not have the bytes that its neighbours promise (11).</exception>
    public static Stl10Dataset Open(string folder, string split) => Open(folder, split, Reading.Strict);

    /// <summary>As above, with a say in what happens to faults.</summary>
    internal static Stl10Dataset Open(string folder, string split, Reading reading)
    {
        string inner = Path.Combine(folder, "stl10_binary");
        string binary = Directory.Exists(inner) ? inner : folder;
        string images = Path.Combine(binary, $"{split}_X.bin"), labels = Path.Combine(binary, $"{split}_y.bin");
        string names = Path.Combine(binary, "class_names.txt");
        string[] classNames = reading.Attempt(() => File.Exists(names) ? ReadNames(names) : Stl10Names, Stl10Names);
        byte[] label = reading.Attempt(() => DataFile.ReadAll(labels, MostLabels), []);
        long expected = (long)label.Length * ImageBytes, actual = reading.Attempt(() => DataFile.Length(images), 0);
        if (actual != expected)
            reading.Report(DataFile.Corrupt(images, $"has {actual} bytes, but the {label.Length} labels of {labels} ask for {expected}"));
        if (label.Length == 0)
            reading.Report(DataFile.Corrupt(labels, "holds no label"));
        for (int i = 0; i < label.Length; i++)
        {
            if (label[i] == 0 || label[i] > classNames.Length)
                reading.Report(DataFile.Corrupt(labels, $"label {label[i]}, but labels go from 1 to {classNames.Length}", i));
        }
        return new Stl10Dataset($"stl10 {split}", images, label[..(int)Math.Min(label.Length, actual / ImageBytes)], classNames);
    }

    /// <inheritdoc/>
    public int Label(int index) => _labels[index] - 1;

    /// <inheritdoc/>
    public RgbImage Image(int index)
    {
        byte[] planes = new byte[ImageBytes], pixels = new byte[ImageBytes];
        DataFile.Read(_images, (long)index * ImageBytes, planes);
        for (int i = 0; i < ImageBytes; i++)
            pixels[Pixel(i)] = planes[i];
        return new RgbImage(pixels, Side, Side);
    }

    /// <summary>A picture of 96 x 96 in the layout of the file, 27,648 bytes.</summary>
    internal static byte[] Planes(RgbImage image)
    {
        byte[] planes = new byte[ImageBytes];
        for (int i = 0; i < ImageBytes; i++)
            planes[i] = image.Pixels[Pixel(i)];
        return planes;
    }

    // Where in a picture's bytes the byte of the planes has its place.
    private static int Pixel(int planes) => (planes % Side * Side + planes / Side % Side) * 3 + planes / Plane;

    private static string[] ReadNames(string path)
    {
        string text = Encoding.UTF8.GetString(DataFile.ReadAll(path, MostNameBytes));
        string[] names = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.Length is > 0 and <= byte.MaxValue ? names : throw DataFile.Corrupt(path, $"names {names.Length} classes, where 1 to 255 are possible");
    }
}
