using System.Diagnostics;
using System.Text;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Coco;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Data.Sharding;
using GpuPool.Experiments.Metrics;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;
using GpuPool.Experiments.Tasks;
using GpuPool.Kernels;
using GpuPool.Models.PyTorch;
using GpuPool.Models.Safetensors;
using GpuPool.Tests.Models.PyTorch;
using SkiaSharp;

namespace GpuPool.Tests.Experiments.Data;

/// <summary>
/// Whatever happened to a file, its reader reads it or ends in the typed error that names it: in bounded time and memory, and without writing anything.
/// </summary>
[NonParallelizable]
public sealed class HostileFileTests
{
    private const int SmallMemory = 4 << 20, MostSeconds = 5, Few = 200, Many = 5000;

    // Decoders hold four bytes of each pixel, one of them alpha, and a picture three more.
    private const long BytesPerPixel = 4 + 3;

    private static readonly byte[] Annotations = Encoding.UTF8.GetBytes(
        """
        {"info":{"year":2017,"description":"A text that is passed over, as in the files of COCO, where nothing hangs on one letter more or less."},
         "images":[{"id":7,"file_name":"a/b.jpg","width":20,"height":10},{"id":8,"file_name":"c.jpg","width":2,"height":3}],
         "annotations":[{"id":3,"image_id":7,"category_id":1,"segmentation":[[1,2,3]],"bbox":[1,2,3.5,4],"area":9,"iscrowd":0}],
         "categories":[{"id":1,"name":"person"}]}
        """);

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(Few)]
    [TestCase(Many, Category = "Nightly")]
    public void STL10(int trials)
    {
        string[] files =
        [
            _folder.Write("data/train_X.bin", Pictures.Noise(96, 96 * 6, seed: 7).Pixels.ToArray()),
            _folder.Write("data/train_y.bin", [1, 2, 3, 4, 5, 6]),
            _folder.Write("data/class_names.txt", "a\nb\nc\nd\ne\nf"u8.ToArray()),
        ];
        Attack(files, trials, SmallMemory, () =>
        {
            var dataset = Stl10Dataset.Open(Path.GetDirectoryName(files[0])!, "train");
            Assert.That(Enumerable.Range(0, dataset.Count).Select(dataset.Label), Is.All.InRange(0, dataset.ClassNames.Count - 1));
            for (int i = 0; i < dataset.Count; i++)
                dataset.Image(i);
        });
    }

    [TestCase("folder", SKEncodedImageFormat.Jpeg, DecoderChoice.Skia, Few)]
    [TestCase("folder", SKEncodedImageFormat.Jpeg, DecoderChoice.Managed, Few)]
    [TestCase("folder", SKEncodedImageFormat.Png, DecoderChoice.Skia, Few)]
    [TestCase("folder", SKEncodedImageFormat.Png, DecoderChoice.Managed, Few)]
    [TestCase("folder", SKEncodedImageFormat.Webp, DecoderChoice.Skia, Few)]
    [TestCase("folder", SKEncodedImageFormat.Webp, DecoderChoice.Managed, Few)]
    [TestCase("vww", SKEncodedImageFormat.Jpeg, DecoderChoice.Skia, Few)]
    [TestCase("folder", SKEncodedImageFormat.Jpeg, DecoderChoice.Skia, Many, Category = "Nightly")]
    [TestCase("folder", SKEncodedImageFormat.Jpeg, DecoderChoice.Managed, Many, Category = "Nightly")]
    [TestCase("folder", SKEncodedImageFormat.Png, DecoderChoice.Skia, Many, Category = "Nightly")]
    [TestCase("folder", SKEncodedImageFormat.Png, DecoderChoice.Managed, Many, Category = "Nightly")]
    [TestCase("folder", SKEncodedImageFormat.Webp, DecoderChoice.Skia, Many, Category = "Nightly")]
    [TestCase("folder", SKEncodedImageFormat.Webp, DecoderChoice.Managed, Many, Category = "Nightly")]
    [TestCase("vww", SKEncodedImageFormat.Jpeg, DecoderChoice.Skia, Many, Category = "Nightly")]
    public void Images_in_folders(string kind, SKEncodedImageFormat format, DecoderChoice decoder, int trials)
    {
        byte[] picture = Pictures.Encode(Pictures.Noise(40, 30, seed: 5), format);
        string victim = _folder.Write("data/train/person/1.img.jpg", picture);
        foreach (string name in new[] { "train/no_person", "val/person", "val/no_person" })
            _folder.Write($"data/{name}/1.jpg", picture);
        Attack([victim], trials, SmallMemory + BytesPerPixel * ImageDecoder.MostPixels, () =>
        {
            IDataset dataset = DatasetSource.Parse($"{kind}:{_folder.Path}/data").Open(decoder: decoder).Train;
            foreach (int i in Enumerable.Range(0, dataset.Count))
                Assert.That(dataset.Image(i).Pixels.Length, Is.Positive);
        });
    }

    [TestCase(Few)]
    [TestCase(Many, Category = "Nightly")]
    public void Archives_and_their_indices(int trials)
    {
        foreach (string name in new[] { "train/a/1.png", "train/b/2.png", "val/a/3.png", "val/b/4.png" })
            _folder.Write($"tree/{name}", Pictures.Encode(Pictures.Noise(8, 6, seed: name[^5])));
        string folder = Path.Combine(_folder.Path, "data");
        Directory.CreateDirectory(folder);
        new ShardWriter(folder, shardBytes: 1 << 20, seed: 1, default).Write(ImageFolder.Open($"{_folder.Path}/tree"));
        string[] files = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
        Assert.That(files.Select(Path.GetFileName), Is.EqualTo(new[] { "train-00000.tar", "train.tsv", "val-00000.tar", "val.tsv" }));
        Attack(files, trials, SmallMemory + BytesPerPixel * ImageDecoder.MostPixels, () =>
        {
            foreach (IPictures split in DatasetSource.Parse($"shards:{folder}").Open().Both)
            {
                for (int i = 0; i < split.Count; i++)
                    Assert.That(split.Image(i).Pixels.Length, Is.Positive);
            }
        });
    }

    [TestCase(Few)]
    [TestCase(Many, Category = "Nightly")]
    public void Annotations_of_COCO(int trials)
    {
        string file = _folder.Write("data/instances.json", Annotations);
        Attack([file], trials, SmallMemory, () => CocoAnnotations.Read(file));
    }

    [TestCase(Few)]
    [TestCase(Many, Category = "Nightly")]
    public void Detections_of_COCO(int trials)
    {
        string annotations = _folder.Write("data/instances.json", Annotations), detections = _folder.Write("data/detections.json", Encoding.UTF8.GetBytes(
            """[{"image_id":7,"category_id":1,"bbox":[1.5,2,3.25,4],"score":0.5},{"image_id":8,"category_id":1,"segmentation":[[1,2]],"bbox":[0,0,1,1],"score":1e-3}]"""));
        Attack([annotations, detections], trials, SmallMemory, () =>
        {
            CocoTruth truth = CocoReader.ReadTruth(annotations, asPycocotools: false);
            CocoEvaluation.Of(truth.Images, truth.Categories.Count, truth.Boxes(), CocoDetections.Read(detections, truth).Boxes);
        });
    }

    [TestCase(Few)]
    [TestCase(Many, Category = "Nightly")]
    public void Visual_wake_words_of_COCO(int trials)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "data/images"));
        string[] files =
        [
            _folder.Write("data/instances_train2014.json", Annotations),
            _folder.Write("data/instances_val2014.json", Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Annotations).Replace("\"id\":8", "\"id\":9"))),
            _folder.Write("data/mscoco_minival_ids.txt", "9\n8\n"u8.ToArray()),
        ];
        Attack(files, trials, SmallMemory, () => DatasetSource.Parse($"vww:{_folder.Path}/data").Open());
    }

    [TestCase(Few)]
    [TestCase(Many, Category = "Nightly")]
    public void Boxes_of_COCO(int trials)
    {
        string text = """
            {"info":{"year":2017,"description":"A text that is passed over, as in the files of COCO, where nothing hangs on one letter more or less."},
             "images":[{"id":7,"file_name":"7.jpg","width":40,"height":36},{"id":8,"file_name":"8.jpg","width":40,"height":36}],
             "annotations":[{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,33.5,4],"area":99,"iscrowd":0},{"id":4,"image_id":7,"category_id":2,"bbox":[-1,20.25,3e1,9],"iscrowd":1},
              {"id":5,"image_id":8,"category_id":2,"segmentation":{"counts":"a","size":[1,2]},"bbox":[30,2,3.5,34],"area":9,"iscrowd":0}],
             "categories":[{"id":1,"name":"person"},{"id":2,"name":"traffic light"}]}
            """;
        foreach (string name in new[] { "7.jpg", "8.jpg" })
            _folder.Write($"data/images/{name}", Pictures.Encode(Pictures.Noise(40, 36, seed: 5), SKEncodedImageFormat.Jpeg));
        string[] files = [.. new[] { "train", "val" }.Select(split => _folder.Write($"data/instances_{split}.json", Encoding.UTF8.GetBytes(text)))];
        string[] named = [.. files, .. new[] { "7.jpg", "8.jpg" }.Select(name => Path.Combine(_folder.Path, "data", "images", name))];
        Attack(files, trials, SmallMemory, () => LearnFrom(DetectionSource.Parse($"coco:{_folder.Path}/data"), named), named);
    }

    [TestCase(Few)]
    [TestCase(Many, Category = "Nightly")]
    public void Annotations_of_VOC(int trials)
    {
        byte[] annotation = """
            <?xml version="1.0" encoding="utf-8"?>
            <annotation><folder>VOC2012</folder><filename>a.jpg</filename><size><width>40</width><height>36</height><depth>3</depth></size>
             <object><name>person</name><truncated>1</truncated><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>33.5</xmax><ymax>30</ymax></bndbox>
              <part><name>head</name><bndbox><xmin>3</xmin><ymin>4</ymin><xmax>5</xmax><ymax>6</ymax></bndbox></part></object>
             <object><name>dog</name><bndbox><xmin>11</xmin><ymin>12</ymin><xmax>40</xmax><ymax>36</ymax></bndbox></object></annotation>
            """u8.ToArray();
        string[] files =
        [
            _folder.Write("data/Annotations/a.xml", annotation), _folder.Write("data/Annotations/b.xml", annotation),
            _folder.Write("data/ImageSets/Main/train.txt", "a\nb\n"u8.ToArray()), _folder.Write("data/ImageSets/Main/val.txt", "b\r\n"u8.ToArray()),
        ];
        string[] pictures = [.. new[] { "a.jpg", "b.jpg" }.Select(name => _folder.Write(
            $"data/JPEGImages/{name}", Pictures.Encode(Pictures.Noise(40, 36, seed: 5), SKEncodedImageFormat.Jpeg)))];
        Attack(files, trials, SmallMemory, () => LearnFrom(DetectionSource.Parse($"voc:{_folder.Path}/data"), pictures), [.. files, .. pictures]);
    }

    [TestCase(Few)]
    [TestCase(Many, Category = "Nightly")]
    public void Safetensors(int trials)
    {
        string path = _folder.Write("data/file.safetensors", []);
        SafetensorsFile.Write(
            path, [new SafetensorsTensor("a", new Shape(20, 30), new float[600]), new SafetensorsTensor("b", Shape.Scalar, [7L])],
            new Dictionary<string, string> { ["k"] = "v" });
        Attack([path], trials, SmallMemory, () =>
        {
            var file = SafetensorsFile.Read(path);
            foreach (string name in file.Entries.Keys)
                file.Doubles(name);
        });
    }

    [TestCase(Few, false)]
    [TestCase(Few, true)]
    [TestCase(Many, false, Category = "Nightly")]
    [TestCase(Many, true, Category = "Nightly")]
    public void PyTorch(int trials, bool isOlder)
    {
        byte[] bytes = isOlder
            ? TorchArchive.Sequence(TorchArchive.Dictionary(("a", TorchArchive.Tensor("DoubleStorage", "0", 60, 1, [2, 20], [30, 1]))), ("0", sizeof(double), new byte[480]))
            : TorchArchive.Of(("a", [20, 30], Draw.Normal(600, 1)), ("b.weight", [7], Draw.Normal(7, 2)));
        string path = _folder.Write("data/file.pth", bytes);
        Attack([path], trials, SmallMemory, () =>
        {
            var file = PyTorchFile.Read(path);
            foreach (string name in file.Entries.Keys)
                file.Doubles(name);
        });
    }

    [TestCase(Few)]
    [TestCase(Many, Category = "Nightly")]
    public void CSV_of_a_table(int trials)
    {
        var table = new Table3();
        string folder = Path.GetDirectoryName(_folder.Write("data/empty", []))!, file = Path.Combine(folder, "table3-quick.csv"), curves = Path.Combine(folder, "table3-quick-curves.csv");
        TableRow row = TableRow.Empty(table, table.Cells[0], TablePreset.Quick) with
        {
            BestAccuracy = 0.5,
            BestEpoch = "1 2",
            Seeds = "0 1",
            Device = "CPU, 2 threads",
            Dataset = "synthetic",
            PeakBytes = 123,
        };
        CsvFile.Write(file, [row, TableRow.Empty(table, table.Cells[1], TablePreset.Quick)]);
        CsvFile.Write(curves, [CurveRow.Of(row, 0, Epoch.Of(1, 2.3, 0.1, double.NaN, 0.2))]);
        Attack([file, curves], trials, SmallMemory, () => _ = new TableFile(folder, table, TablePreset.Quick));
    }

    // Whatever the boxes are, those that a detector learns lie within its input.
    private static void LearnFrom(DetectionSource source, string[] files)
    {
        DetectionSplits splits = source.Open(classes: null, Reading.Strict);
        foreach (IDetectionDataset split in new[] { splits.Train, splits.Test })
        {
            // A damaged name is that of no file.
            foreach (int index in Enumerable.Range(0, split.Count).Where(index => Array.Exists(files, file => Path.GetFileName(file) == split.Picture(index).FileName)))
            {
                DetectionBatch batch = new DetectionPictures(split, DetectionTransform.Ssd(16)).Collate([index], picture => new RandomSequence(1, 2, 3, (uint)picture), default);
                Assert.That(batch.Objects[0].Select(item => item.Box), Is.All.Matches<Box>(box => box.X1 >= 0 && box.Y1 >= 0 && box.X2 <= 16 && box.Y2 <= 16));
                Assert.That(batch.Objects[0].Select(item => item.Label), Is.All.InRange(0, split.Classes - 1));
                Assert.That(batch.Images, Is.All.Matches<float>(float.IsFinite));
            }
        }
    }

    // Damages one of the files at a time and reads all; what is wrong may show in another of those that can be named.
    private void Attack(string[] files, int trials, long mostBytes, Action read, string[]? named = null)
    {
        var random = new Random(8);
        byte[][] sound = [.. files.Select(File.ReadAllBytes)];
        string[] before = Everything();
        int refused = 0;
        var slowest = TimeSpan.Zero;
        for (int trial = 0; trial < trials; trial++)
        {
            int victim = random.Next(files.Length);
            File.WriteAllBytes(files[victim], Damage.Some(sound[victim], random));
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            try
            {
                read();
            }
            catch (Exception exception) when (exception is GpuPoolException or SafetensorsException or PyTorchException)
            {
                refused++;
                AssertTyped(exception, named ?? files);
            }
            catch (Exception exception) when (exception is not AssertionException)
            {
                Assert.Fail($"trial {trial}, {Path.GetFileName(files[victim])}: {exception}");
            }
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - allocated, Is.Below(mostBytes), $"bytes in trial {trial}");
            File.WriteAllBytes(files[victim], sound[victim]);
        }
        TestContext.Out.WriteLine($"{trials - refused} read, {refused} refused, the slowest in {slowest.TotalMilliseconds:F0} ms");
        Assert.That(refused, Is.InRange(trials / 10, trials - 1));
        Assert.That(slowest.TotalSeconds, Is.Below(MostSeconds));
        Assert.That(Everything(), Is.EqualTo(before), "files after all trials");
    }

    private static void AssertTyped(Exception exception, string[] files)
    {
        GpuPoolException failure = Failure.Of(exception);
        Assert.That(failure.Code, Is.EqualTo(ExitCode.DataCorrupt), failure.Message);
        Assert.That(failure.Message, Does.Not.Contain('\n').And.Not.Contain('\0'));
        string? named = Array.Find(files, file => failure.Cause.Contains(file, StringComparison.Ordinal));
        Assert.That(named, Is.Not.Null, failure.Message);
        long? offset = exception is SafetensorsException safetensors ? safetensors.Offset : failure.Fault?.Offset;
        if (offset is not null)
            Assert.That(offset, Is.InRange(0, new FileInfo(named!).Length), failure.Message);
    }

    private string[] Everything() => [.. Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
