using System.Text;
using System.Text.Json;
using GpuPool.Experiments;

namespace GpuPool.Tests.Experiments;

public sealed class CocoEvalCommandTests
{
    private const string Detection = """{"image_id":7,"category_id":1,"bbox":[0,0,10,10],"score":0.5}""";

    private const string Annotation = """{"id":3,"image_id":7,"category_id":1,"bbox":[0,0,10,10],"area":100,"iscrowd":0}""";

    private Data.TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new Data.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void The_twelve_numbers_are_printed_with_those_of_classes_and_thresholds()
    {
        CommandLine run = Run([Annotation], [Detection, """{"image_id":7,"category_id":1,"bbox":[50,0,10,10],"score":0.6,"segmentation":[[1,2]],"id":9}"""]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("AP_small").And.Contain("AR_100").And.Contain("person").And.Contain("0.5000").And.Contain("0.95"));
        JsonElement json = Json(Run([Annotation], [Detection], "--json"));
        Assert.That(json.EnumerateObject().Select(number => number.Name), Is.EqualTo(new[]
        {
            "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large", "AR_1", "AR_10", "AR_100", "AR_small", "AR_medium", "AR_large", "per_iou", "per_category",
        }));
        Assert.That(json.GetProperty("AP").GetDouble(), Is.EqualTo(1).Within(1e-12));
        Assert.That(json.GetProperty("AP_large").GetDouble(), Is.EqualTo(-1));
        Assert.That(json.GetProperty("per_iou").EnumerateArray().Select(number => number.GetProperty("iou").GetDouble()).Last(), Is.EqualTo(0.95));
        Assert.That(json.GetProperty("per_category").EnumerateArray().Select(category => category.GetProperty("AP").GetDouble()), Is.EqualTo(new[] { 1.0, -1 }).Within(1e-12));
    }

    [Test]
    public void Only_the_classes_that_are_named_count()
    {
        string cat = Annotation.Replace("\"id\":3", "\"id\":4", StringComparison.Ordinal).Replace("\"category_id\":1", "\"category_id\":2", StringComparison.Ordinal);
        Assert.That(Json(Run([Annotation, cat], [Detection], "--json")).GetProperty("AP").GetDouble(), Is.EqualTo(0.5).Within(1e-12));
        Assert.That(Json(Run([Annotation, cat], [Detection], "--json", "--classes", "person")).GetProperty("AP").GetDouble(), Is.EqualTo(1).Within(1e-12));
        CommandLine unknown = Run([Annotation], [Detection], "--classes", "person,dog");
        Assert.That(unknown.Code, Is.EqualTo(ExitCode.Configuration));
        Assert.That(unknown.Line, Is.EqualTo("gpupool: the annotations have no category 'dog'. They have person, cat."));
    }

    [Test]
    public void An_empty_list_of_detections_finds_nothing() => Assert.That(Json(Run([Annotation], [], "--json")).GetProperty("AP").GetDouble(), Is.Zero);

    [Test]
    public void Detections_of_an_unknown_category_are_passed_over_with_a_note()
    {
        CommandLine run = Run([Annotation], [Detection.Replace("\"category_id\":1", "\"category_id\":91", StringComparison.Ordinal), Detection], "--json");
        Assert.That(run.Error.Trim(), Is.EqualTo("gpupool: 1 detections are passed over, as the annotations have no category 91"));
        Assert.That(Json(run).GetProperty("AP").GetDouble(), Is.EqualTo(1).Within(1e-12));
    }

    [TestCase("[{\"image_id\":8,\"category_id\":1,\"bbox\":[0,0,1,1],\"score\":1}]", "byte 1: [0] is of image 8, which the annotations do not have. Give the annotations that the detections were made for.")]
    [TestCase("[{\"image_id\":7,\"category_id\":1,\"bbox\":[0,0,1,1]}]", "byte 1: [0] must have image_id, category_id, bbox and score")]
    [TestCase("[{\"image_id\":7,\"category_id\":1,\"bbox\":[0,0,1],\"score\":1}]", "byte 1: [0] must have x, y, width and height as bbox")]
    [TestCase("[{\"image_id\":7,\"category_id\":1,\"bbox\":[0,0,-1,1],\"score\":1}]", "byte 1: [0] has a bbox of negative size")]
    [TestCase("[{\"image_id\":7,\"category_id\":1,\"bbox\":[0,0,1,1],\"score\":1e999}]", "byte 1: [0] must have a finite number as score")]
    [TestCase("[{\"image_id\":7,\"category_id\":1,\"bbox\":[0,0,1,1],\"score\":NaN}]", "byte 56: the file is not JSON from here on")]
    [TestCase("[7]", "byte 1: [0] must be an object")]
    [TestCase("{}", "byte 0: the file must hold a list of detections")]
    [TestCase("[", "byte 1: the file is not JSON from here on")]
    [TestCase("[]]", "byte 2: the file is not JSON from here on")]
    [TestCase("", "byte 0: the file is not JSON from here on")]
    public void Wrong_detections_are_corrupt_with_their_place(string json, string part)
    {
        CommandLine run = Run(Truth([Annotation]), json);
        Assert.That(run.Code, Is.EqualTo(ExitCode.DataCorrupt));
        Assert.That(run.Line, Does.StartWith($"gpupool: {_folder.Path}").And.Contain("detections.json, " + part));
    }

    [Test]
    public void Missing_detections_are_missing()
    {
        CommandLine run = CommandLine.Run("coco-eval", _folder.Write("truth.json", Encoding.UTF8.GetBytes(Truth([Annotation]))), "none.json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.DataMissing));
        Assert.That(run.Line, Does.StartWith("gpupool: none.json does not exist. Check the path").And.Not.Contain("--data"), "a command without that option");
    }

    [Test]
    public void Numbers_of_annotations_that_pycocotools_takes_amiss_are_refused_or_taken_as_it_does()
    {
        string zero = Annotation.Replace("\"id\":3", "\"id\":0", StringComparison.Ordinal);
        string again = Annotation.Replace("[0,0,10,10]", "[50,0,10,10]", StringComparison.Ordinal);
        const string remedy = "Give each annotation a number of its own from 1 on, or take them as pycocotools does with --as-pycocotools.";
        CommandLine refused = Run([zero], [Detection]), twice = Run([Annotation, again], [Detection]);
        Assert.That((refused.Code, twice.Code), Is.EqualTo((ExitCode.DataCorrupt, ExitCode.DataCorrupt)));
        Assert.That(refused.Line, Does.EndWith($"annotations[0] has the id 0, so that pycocotools would count whoever finds it as wrong. {remedy}"));
        Assert.That(twice.Line, Does.EndWith($"annotations[1] has the id 3 of an earlier annotation. {remedy}"));
        Assert.That(Json(Run([zero], [Detection], "--json", "--as-pycocotools")).GetProperty("AP").GetDouble(), Is.Zero);
        // The last stands for both: the detection finds neither, and one at its place finds one of two.
        Assert.That(Json(Run([Annotation, again], [Detection], "--json", "--as-pycocotools")).GetProperty("AR_100").GetDouble(), Is.Zero);
        string there = Detection.Replace("[0,0,10,10]", "[50,0,10,10]", StringComparison.Ordinal);
        Assert.That(Json(Run([Annotation, again], [there], "--json", "--as-pycocotools")).GetProperty("AR_100").GetDouble(), Is.EqualTo(0.5));
    }

    private static string Truth(IEnumerable<string> annotations) =>
        $$"""{"images":[{"id":7,"file_name":""}],"annotations":[{{string.Join(',', annotations)}}],"categories":[{"id":1,"name":"person"},{"id":2,"name":"cat"}]}""";

    private static JsonElement Json(CommandLine run)
    {
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private CommandLine Run(IEnumerable<string> annotations, IEnumerable<string> detections, params string[] options) =>
        Run(Truth(annotations), $"[{string.Join(',', detections)}]", options);

    private CommandLine Run(string truth, string detections, params string[] options) => CommandLine.Run(
        ["coco-eval", _folder.Write("truth.json", Encoding.UTF8.GetBytes(truth)), _folder.Write("detections.json", Encoding.UTF8.GetBytes(detections)), .. options]);
}
