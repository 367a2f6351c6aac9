using System.Globalization;
using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Tests.Experiments.Data;
using SkiaSharp;

namespace GpuPool.Tests.Experiments;

public sealed class DetectionTests
{
    private static readonly TrainingConfig Config = new()
    {
        Architecture = "lonely",
        Size = 48,
        Epochs = 3,
        Batch = 4,
        Schedule = Schedule.Constant,
        Clip = 5,
        WarmUp = new WarmUp(4, 0.1),
        WeightDecay = 1e-4,
    };

    private static readonly DetectionSplits Scenes = DetectionSource.Synthetic.Open(trainLimit: 12, testLimit: 6);

    [Test]
    public void A_detector_learns_and_its_log_has_the_parts_of_the_loss_and_the_six_precisions()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<EpochRecord> epochs = Train(folder["run"]);
        Assert.That(File.ReadLines(folder["run/log.csv"]).First(), Is.EqualTo(
            "epoch,learning_rate,train_loss,train_class_loss,train_box_loss,test_map,test_map_50,test_map_75,test_map_large,test_map_medium,test_map_small,"
            + "images_per_second,seconds,live_bytes,peak_bytes"));
        Assert.That(epochs[^1].Train.Loss, Is.Below(epochs[0].Train.Loss));
        Assert.That(epochs[0].Train["class_loss"] + epochs[0].Train["box_loss"], Is.EqualTo(epochs[0].Train.Loss).Within(1e-6));
        Assert.That(epochs[0].Test.ScoreName, Is.EqualTo("map"));
        Assert.That(epochs.Best(Config)!.Test.Score, Is.EqualTo(epochs.Max(epoch => epoch.Test.Score)));
        Assert.That(epochs[0].Summary(3), Does.Contain("class_loss ").And.Contain("test map "));
        Assert.That(epochs.Select(epoch => epoch.LiveBytes).Distinct().Count(), Is.EqualTo(1), "memory stays flat");
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(7)]
    public void Training_of_a_detector_interrupted_after_any_step_resumes_to_the_same_weights_and_log(int steps)
    {
        using var folder = new TemporaryFolder();
        Train(folder["whole"]);
        using var interrupt = new CancellationTokenSource();
        Assert.That(() => Train(folder["parted"], new StepMonitor(steps, interrupt)), Throws.InstanceOf<OperationCanceledException>());
        Train(folder["parted"]);
        RunCheck.Same(folder["parted"], folder["whole"]);
    }

    [Test]
    public void A_detector_that_diverges_is_told_and_when_recorded_its_last_epoch_is_never_the_best()
    {
        using var folder = new TemporaryFolder();
        TrainingConfig wild = Config with { LearningRate = 1e38, WarmUp = null, Clip = null, Epochs = 1 };
        Assert.That(() => Train(folder["run"], config: wild), Throws.TypeOf<GpuPoolException>().With.Property("Code").EqualTo(ExitCode.Diverged));
        IReadOnlyList<EpochRecord> epochs = Train(folder["recorded"], config: wild, onNonfinite: NonfiniteLoss.Record);
        Assert.That(epochs.Single().IsFinite, Is.False);
        Assert.That(epochs.Best(wild), Is.Null);
    }

    [Test]
    public void The_commands_train_a_detector_by_its_recipe_evaluate_it_and_go_on_where_it_was()
    {
        using var folder = new TemporaryFolder();
        using var interrupt = new CancellationTokenSource();
        string[] train =
        [
            "train", "ssd-mobilenet_v2-skip-1222121", "--width", "0.1", "--size", "64", "--limit", "4", "--batch", "2", "--epochs", "2", "--passes", "2", "--classes", Scenes.Test.ClassNames[0],
            "--device", "cpu", "--run", folder["run"],
        ];
        interrupt.Cancel();
        Assert.That(CommandLine.Run(interrupt.Token, train).Code, Is.EqualTo(ExitCode.Interrupted));
        CommandLine run = CommandLine.Run([.. train, "--resume"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.StartWith("best test map "));
        var config = JsonDocument.Parse(File.ReadAllText(folder["run/config.json"])).RootElement;
        Assert.That(config.GetProperty("learning_rate").GetDouble(), Is.EqualTo(0.015), "that of SSD");
        Assert.That(config.GetProperty("warm_up").GetProperty("steps").GetInt32(), Is.EqualTo(500));
        Assert.That(config.GetProperty("passes").GetInt32(), Is.EqualTo(2));
        CommandLine evaluate = CommandLine.Run("evaluate", folder["run"], "--json", "--weights", "last", "--on", "train", "--device", "cpu");
        Assert.That(evaluate.Code, Is.EqualTo(ExitCode.Done), evaluate.Error);
        Assert.That(JsonDocument.Parse(evaluate.Output).RootElement.EnumerateObject().Select(property => property.Name), Is.EqualTo(
            new[] { "architecture", "data", "weights", "images", "map", "map_50", "map_75", "map_large", "map_medium", "map_small" }));

        using RgbImage image = Scenes.Test.Image(0);
        foreach (string name in new[] { "12.png", "other/12.png" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            File.WriteAllBytes(folder[name], ImageEncoder.Png(image));
        }
        string[] pictures = [folder["12.png"], folder["other/12.png"]];
        CommandLine detect = CommandLine.Run(["detect", folder["run"], .. pictures, "--weights", "last", "--out", folder["out"], "--score", "0", "--device", "cpu"]);
        Assert.That(detect.Code, Is.EqualTo(ExitCode.Done), detect.Error);
        foreach (string drawn in new[] { "out/12.png", "out/12-2.png" })
        {
            using RgbImage picture = ImageDecoder.Decode(folder[drawn]);
            Assert.That(Math.Max(picture.Width, picture.Height), Is.GreaterThanOrEqualTo(640), "captions of small pictures can be read");
            Assert.That(picture.Width % image.Width, Is.Zero);
        }
        JsonElement[] found = [.. JsonDocument.Parse(File.ReadAllText(folder["out/detections.json"])).RootElement.EnumerateArray()];
        Assert.That(found, Is.Not.Empty);
        Assert.That(found.Select(item => item.GetProperty("image_id").GetInt64()).Distinct(), Is.EqualTo(new[] { 1, 2 }), "one name for two is no number");
        Assert.That(found.Select(item => item.GetProperty("category_id").GetInt64()), Is.All.EqualTo(1));
        Assert.That(found[0].GetProperty("bbox").GetArrayLength(), Is.EqualTo(4));

        string annotations = folder["annotations.json"];
        File.WriteAllText(annotations, $$"""{"images":[{"id":7,"file_name":"12.png","width":9,"height":9}],"annotations":[],"categories":[{"id":3,"name":"{{Scenes.Test.ClassNames[0]}}"}]}""");
        byte[] kept = File.ReadAllBytes(folder["out/12.png"]);
        foreach ((string[] line, ExitCode code, string part) in new[]
        {
            ([folder["none.png"]], ExitCode.DataMissing, "none.png"),
            ([folder["run/config.json"]], ExitCode.DataCorrupt, "is not an image"),
            ([pictures[0], "--annotations", folder["none.json"]], ExitCode.DataMissing, "none.json"),
            ([.. pictures, "--annotations", folder["run/config.json"]], ExitCode.DataCorrupt, "config.json"),
            ([.. pictures, "--annotations", annotations], ExitCode.Configuration, "two pictures are named '12.png'"),
            ([pictures[1], folder["out/12.png"]], ExitCode.Configuration, "out/12.png would be drawn over. Give --out another folder than that of the pictures."),
            (new[] { pictures[0], "--score", "high" }, ExitCode.Usage, "--score 'high' is not a number of at least 0"),
        })
        {
            CommandLine wrong = CommandLine.Run(["detect", folder["run"], .. line, "--weights", "last", "--out", folder["out"], "--device", "cpu"]);
            Assert.That(wrong.Code, Is.EqualTo(code), wrong.Error);
            Assert.That(wrong.Line, Does.StartWith("gpupool: ").And.Contain(part));
        }
        Assert.That(File.ReadAllBytes(folder["out/12.png"]), Is.EqualTo(kept));

        File.WriteAllText(folder["damaged.jpg"], "");
        CommandLine broken = CommandLine.Run("detect", folder["run"], pictures[0], folder["damaged.jpg"], "--weights", "last", "--out", folder["out"], "--device", "cpu");
        Assert.That(broken.Code, Is.EqualTo(ExitCode.DataCorrupt), broken.Error);
        Assert.That(File.Exists(folder["out/detections.json"]), Is.False, "those of the call before do not belong to the new pictures");

        if (OperatingSystem.IsWindows())
            return;
        Directory.CreateSymbolicLink(folder["linked"], folder.Path);
        File.CreateSymbolicLink(folder["out/picture.png"], pictures[1]);
        File.CreateSymbolicLink(folder["link.png"], folder["out/link.png"]);
        File.Copy(pictures[1], folder["out/link.png"]);
        foreach ((string picture, string target) in new[] { (pictures[0], folder["linked"]), (folder["out/picture.png"], folder["linked/out"]), (folder["link.png"], folder["out"]) })
        {
            CommandLine wrong = CommandLine.Run("detect", folder["run"], picture, "--weights", "last", "--out", target, "--device", "cpu");
            Assert.That(wrong.Line, Is.EqualTo($"gpupool: {picture} would be drawn over. Give --out another folder than that of the pictures."));
        }
    }

    [Test]
    public void Grey_pictures_and_those_in_four_inks_are_learnt_from_tested_with_and_drawn()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["coco/images"]);
        string[] pictures = [folder["coco/images/1.jpg"], folder["coco/images/2.jpg"]];
        File.WriteAllBytes(pictures[0], Pictures.Encode(Pictures.Noise(64, 48, seed: 2), SKEncodedImageFormat.Jpeg, SKColorType.Gray8));
        File.WriteAllBytes(pictures[1], Pictures.InFourInks(64, 48, transform: 2, 100, 128, 128, 200));
        const string annotations = """
            {"images":[{"id":1,"file_name":"1.jpg","width":64,"height":48},{"id":2,"file_name":"2.jpg","width":64,"height":48}],"categories":[{"id":3,"name":"car"}],"annotations":[
            {"id":1,"image_id":1,"category_id":3,"bbox":[8,8,32,24],"area":768,"iscrowd":0},{"id":2,"image_id":2,"category_id":3,"bbox":[8,8,32,24],"area":768,"iscrowd":0}]}
            """;
        foreach (string split in new[] { "train", "val" })
            File.WriteAllText(folder[$"coco/instances_{split}2017.json"], annotations);
        foreach (string[] line in (string[][])
        [
            ["train", "ssd-mobilenet_v2-skip-1222121", "--width", "0.1", "--size", "64", "--batch", "2", "--epochs", "1", "--classes", "car", "--data", $"coco:{folder["coco"]}", "--run", folder["run"]],
            ["evaluate", folder["run"], "--weights", "last"],
            ["detect", folder["run"], .. pictures, "--weights", "last", "--out", folder["out"], "--score", "0"],
        ])
        {
            CommandLine run = CommandLine.Run([.. line, "--device", "cpu"]);
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        }
        foreach (string drawn in new[] { "out/1.png", "out/2.png" })
        {
            using RgbImage picture = ImageDecoder.Decode(folder[drawn]);
            Assert.That((double)picture.Width / picture.Height, Is.EqualTo(64.0 / 48));
        }
        // All objects are small.
        CommandLine evaluate = CommandLine.Run("evaluate", folder["run"], "--weights", "last", "--json", "--device", "cpu");
        JsonElement precision = JsonDocument.Parse(evaluate.Output).RootElement;
        Assert.That(new[] { "map_large", "map_medium" }.Select(name => precision.GetProperty(name).GetDouble()), Is.All.EqualTo(-1), "as coco-eval has it");
        Assert.That(precision.GetProperty("map_small").GetDouble(), Is.InRange(0, 1));
        Assert.That(CommandLine.Run("evaluate", folder["run"], "--weights", "last", "--device", "cpu").Output, Does.Contain("map_large -1.0000, map_medium -1.0000, "));

        File.WriteAllText(folder["coco/instances_val2017.json"], annotations.Replace("car", "cart", StringComparison.Ordinal));
        CommandLine other = CommandLine.Run("evaluate", folder["run"], "--weights", "last", "--device", "cpu");
        Assert.That(other.Code, Is.EqualTo(ExitCode.Configuration), other.Error);
        Assert.That(other.Line, Does.EndWith("has no class 'car'. Give --data that has all classes that the run has learnt."));
    }

    [TestCase("train ssd-resnet19-skip-1222 --run R", ExitCode.Usage, "known are resnet18")]
    [TestCase("train ssd --run R", ExitCode.Usage, "the form is")]
    [TestCase("train SSD-resnet18-skip-1222 --run R", ExitCode.Usage, "unknown detector 'SSD'; known are ssd, ssd300, faster_rcnn, yolov3")]
    [TestCase("train Yolo-resnet18-skip-1222 --run R", ExitCode.Usage, "unknown detector 'Yolo'; known are ssd, ssd300, faster_rcnn, yolov3")]
    [TestCase("profile yolo-prepool-maxp-2-mobilenet-maxp-1222121", ExitCode.Usage, "unknown detector 'yolo'; known are ssd")]
    [TestCase("profile faster_rcnn-resnet18-attnpool-1222", ExitCode.Configuration, "h <= 256, w <= 256, the rows of the tables, but is (1, 200, 336, 128)")]
    [TestCase("train ssd-resnet18-skip-1222 --run R --data stl10:X", ExitCode.Configuration, "no boxes for a detector. Known are synthetic, coco:DIR, voc:DIR.")]
    [TestCase("train resnet18-skip-1222 --run R --data coco:X", ExitCode.Configuration, "detector")]
    [TestCase("train ssd-resnet18-skip-1222 --run R --data coco:/nowhere", ExitCode.DataMissing, "/nowhere")]
    [TestCase("train ssd-resnet18-skip-1222 --run R --classes nobody", ExitCode.Configuration, "nobody")]
    [TestCase("train ssd-resnet18-skip-1222 --run R --classes disc,disc", ExitCode.Usage, "--classes 'disc,disc' is not a list of different classes.")]
    [TestCase("train ssd-resnet18-skip-1222 --run R --classes disc,", ExitCode.Usage, "--classes 'disc,' is not a list of different classes.")]
    [TestCase("profile vgg16_bn-ssd-resnet18-skip-1222", ExitCode.Usage, "the form is")]
    [TestCase("plan ssd-resnet18-skip-1222 --budget 1MB", ExitCode.Usage, "this is a detector, where a network that classifies or a backbone was expected")]
    [TestCase("train ssd-ssd-resnet18-skip-1222 --run R", ExitCode.Usage, "this is a detector, where a network that classifies or a backbone was expected")]
    [TestCase("train resnet18-skip-1222 --run R --classes person", ExitCode.Usage, "--classes is not for a network that classifies. Leave it out.")]
    [TestCase("train ssd-resnet18-skip-1222 --run R --preprocessing vww", ExitCode.Usage, "--preprocessing is not for ssd. Leave it out.")]
    [TestCase("train ssd-resnet18-skip-1222 --run R --short-side 8", ExitCode.Usage, "--short-side is not for ssd. Leave it out.")]
    [TestCase("train ssd-resnet18-skip-1222 --run R --limit 4 --device cpu", ExitCode.Configuration, "fewer than a batch of 16")]
    [TestCase("train ssd-resnet18-skip-1222 --run R --limit 8 --batch 8 --size 9000 --device cpu", ExitCode.OutOfMemory, "a batch of 8 images of 9000 x 9000 pixels")]
    public void A_mistake_is_one_line_with_cause_and_remedy(string line, ExitCode code, string part)
    {
        using var folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run([.. line.Split(' ').Select(word => word == "R" ? folder["run"] : word)]);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Line, Does.StartWith("gpupool: ").And.Contain(part));
        Assert.That(run.Output, Is.Empty);
        Assert.That(Directory.Exists(folder["run"]), Is.False, "nothing is left of it");
    }

    [Test]
    public void Pictures_that_show_nothing_to_learn_are_refused_before_anything_is_learnt()
    {
        Assert.That(Task(new DetectionSplits(new Crowds(Scenes.Train), Scenes.Test)).ClassNames, Is.EqualTo(Scenes.Test.ClassNames), "for a test they need not show anything");
        Assert.That(
            () => Task(new DetectionSplits(new Crowds(Scenes.Train), Scenes.Test)).Steps,
            Throws.TypeOf<GpuPoolException>().With.Property("Code").EqualTo(ExitCode.Configuration).And.Message.Contains("crowds show no object of disc, square, triangle. Take more"));
        Assert.That(
            () => Task(new DetectionSplits(Scenes.Train, new Crowds(Scenes.Test))),
            Throws.TypeOf<GpuPoolException>().With.Property("Code").EqualTo(ExitCode.Configuration).And.Message.Contains("crowds show no object"), "its precision would be a mean of nothing");
    }

    [Test]
    public void Detections_that_are_what_is_there_have_a_precision_of_1_and_sizes_that_are_not_there_none()
    {
        var found = new FoundObjects(Scenes.Test.ClassNames.Count);
        for (int picture = 0; picture < Scenes.Test.Count; picture++)
        {
            AnnotatedPicture shown = Scenes.Test.Picture(picture);
            found.Add(shown with { Objects = [.. shown.Objects.Select(item => item with { Area = 2000 })] }, [.. shown.Objects.Select(item => new GpuPool.Models.Detection.DetectedBox(item.Box, item.Label, 1))]);
        }
        Measures precision = found.Precision();
        Assert.That(precision.Select(measure => measure.Value.ToString("F4", CultureInfo.InvariantCulture)), Is.EqualTo(new[] { "1.0000", "1.0000", "1.0000", "NaN", "1.0000", "NaN" }));
    }

    private static IReadOnlyList<EpochRecord> Train(string path, StepMonitor? monitor = null, TrainingConfig? config = null, NonfiniteLoss onNonfinite = NonfiniteLoss.Stop)
    {
        config ??= Config;
        Detection task = Task(Scenes, config);
        using RunFolder folder = RunFolder.Open(path, config, task.ClassNames, resume: true);
        var options = new TrainingOptions { CheckpointSteps = 1, OnNonfinite = onNonfinite };
        return new Trainer(Devices.Cpu, config, task, folder, monitor ?? new StepMonitor(), options).Run(monitor?.Stop ?? CancellationToken.None);
    }

    private static Detection Task(DetectionSplits pictures, TrainingConfig? config = null)
    {
        config ??= Config;
        return new Detection(pictures, classes => new LonelyDetector(classes), DetectionTransform.Ssd(config.Size), new BatchOptions(config.Batch, Seed: config.Seed));
    }

    // The same pictures with crowds in place of objects.
    private sealed class Crowds(IDetectionDataset pictures) : IDetectionDataset
    {
        public string Name => "crowds";

        public IReadOnlyList<string> ClassNames => pictures.ClassNames;

        public int Count => pictures.Count;

        public AnnotatedPicture Picture(int index)
        {
            AnnotatedPicture picture = pictures.Picture(index);
            return picture with { Objects = [.. picture.Objects.Select(item => item with { IsCrowd = true })] };
        }

        public RgbImage Image(int index) => pictures.Image(index);
    }

    private sealed class StepMonitor(int stopAfter = int.MaxValue, CancellationTokenSource? interrupt = null) : ITrainingMonitor
    {
        private int _steps;

        public CancellationToken Stop => interrupt?.Token ?? CancellationToken.None;

        public void Step(TrainingProgress progress)
        {
            if (++_steps == stopAfter)
                interrupt!.Cancel();
        }

        public void Epoch(EpochRecord record, int epochs) { }

        public void Warn(string message) { }
    }
}
