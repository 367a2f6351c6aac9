using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Data.Coco;
using GpuPool.Experiments.Metrics;

namespace GpuPool.Tests.Experiments.Metrics;

/// <summary>Numbers that pycocotools gave for detections on real pictures of COCO.</summary>
public sealed class CocoOracleTests
{
    private const double Tolerance = 1e-9;

    private static readonly string[][] Cases =
    [
        ["case1_cocoapi_fakebbox100", "instances_val2014_100.json", "instances_val2014_fakebbox100_results.json"],
        ["case2_box_area", "gt.json", "detections.json"],
        ["case3_torchmetrics_4_images", "gt.json", "detections.json"],
    ];

    [TestCaseSource(nameof(Cases))]
    public void The_twelve_numbers_are_those_of_pycocotools(string name, string annotations, string detections)
    {
        Case oracle = Read(name, annotations, detections);
        AssertSummary(oracle.Evaluate(), oracle.Expected.GetProperty("all"));
    }

    [TestCaseSource(nameof(Cases))]
    public void Each_threshold_is_that_of_pycocotools(string name, string annotations, string detections)
    {
        Case oracle = Read(name, annotations, detections);
        CocoEvaluation evaluation = oracle.Evaluate();
        for (int i = 0; i < CocoEvaluation.Thresholds.Count; i++)
        {
            string threshold = CocoEvaluation.Thresholds[i].ToString("F2", CultureInfo.InvariantCulture);
            AssertNumber(evaluation.AveragePrecision(threshold: i), oracle.Expected.GetProperty("per_iou_AP").GetProperty(threshold), threshold);
            AssertNumber(evaluation.AverageRecall(threshold: i), oracle.Expected.GetProperty("per_iou_AR_100").GetProperty(threshold), threshold);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Each_category_is_that_of_pycocotools(string name, string annotations, string detections)
    {
        Case oracle = Read(name, annotations, detections);
        CocoEvaluation evaluation = oracle.Evaluate();
        JsonElement[] categories = [.. oracle.Expected.GetProperty("per_category").EnumerateArray()];
        Assert.That(categories, Is.Not.Empty);
        foreach (JsonElement category in categories)
        {
            Dictionary<string, double> numbers = evaluation.Summary(oracle.Truth.Category(category.GetProperty("id").GetInt64())).ToDictionary(number => number.Name, number => number.Value);
            foreach (JsonProperty number in category.EnumerateObject().Where(number => numbers.ContainsKey(number.Name)))
                AssertNumber(numbers[number.Name], number.Value, $"{category.GetProperty("name")} {number.Name}");
        }
    }

    [Test]
    public void Chosen_categories_are_those_of_pycocotools()
    {
        Case oracle = Read(Cases[0][0], Cases[0][1], Cases[0][2]);
        HashSet<long> ids = [.. oracle.Expected.GetProperty("street8_category_ids").EnumerateArray().Select(id => id.GetInt64())];
        CocoTruth street = oracle.Truth.Only([.. oracle.Truth.Categories.Where(category => ids.Contains(category.Id)).Select(category => category.Name)]);
        Assert.That(street.Categories, Has.Count.EqualTo(ids.Count));
        AssertSummary(Evaluate(street, CocoDetections.Read(oracle.Detections, street).Boxes), oracle.Expected.GetProperty("street8"));
    }

    [Test]
    public void Without_regard_to_categories_the_numbers_are_those_of_pycocotools()
    {
        Case oracle = Read(Cases[0][0], Cases[0][1], Cases[0][2]);
        var evaluation = CocoEvaluation.Of(
            oracle.Truth.Images, 1,
            oracle.Truth.Boxes().OrderBy(item => item.Category).Select(item => item with { Category = 0 }),
            CocoDetections.Read(oracle.Detections, oracle.Truth).Boxes.OrderBy(item => item.Category).Select(item => item with { Category = 0 }));
        AssertSummary(evaluation, oracle.Expected.GetProperty("class_agnostic_useCats0"));
    }

    [Test]
    public void Of_some_pictures_the_numbers_are_those_of_pycocotools()
    {
        Case oracle = Read(Cases[0][0], Cases[0][1], Cases[0][2]);
        HashSet<int?> images = [.. oracle.Expected.GetProperty("first_10_image_ids").EnumerateArray().Select(id => oracle.Truth.Image(id.GetInt64()))];
        var evaluation = CocoEvaluation.Of(
            oracle.Truth.Images, oracle.Truth.Categories.Count, oracle.Truth.Boxes().Where(item => images.Contains(item.Image)),
            CocoDetections.Read(oracle.Detections, oracle.Truth).Boxes.Where(item => images.Contains(item.Image)));
        AssertSummary(evaluation, oracle.Expected.GetProperty("first_10_images"));
    }

    [Test]
    public void Pascal_VOC_of_eleven_points_and_of_all_is_the_published_one()
    {
        string folder = Shared.Require("data/coco-eval-oracle/case5_voc_toy");
        using var boxes = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "boxes.json")));
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        Dictionary<string, int> images = [];
        GroundTruthBox[] objects = [.. boxes.RootElement.GetProperty("gts").EnumerateArray().Select(item => new GroundTruthBox(Image(item), 0, Inclusive(item), 0))];
        DetectionBox[] detections =
            [.. boxes.RootElement.GetProperty("dets").EnumerateArray().Select(item => new DetectionBox(Image(item), 0, Inclusive(item), item.GetProperty("score").GetDouble()))];
        foreach (JsonProperty threshold in expected.RootElement.GetProperty("published_AP_11_point").EnumerateObject())
        {
            var evaluation = VocEvaluation.Of(images.Count, 1, objects, detections, double.Parse(threshold.Name, CultureInfo.InvariantCulture));
            double everyPoint = expected.RootElement.GetProperty("published_AP_every_point").GetProperty(threshold.Name).GetDouble();
            // Ten digits are published.
            Assert.That(evaluation.ElevenPoint(), Is.EqualTo(threshold.Value.GetDouble()).Within(1e-10), threshold.Name);
            Assert.That(evaluation.EveryPoint(), Is.EqualTo(everyPoint).Within(1e-10), threshold.Name);
        }

        int Image(JsonElement item)
        {
            string name = item.GetProperty("image").GetString()!;
            images.TryAdd(name, images.Count);
            return images[name];
        }
    }

    private static Rectangle Inclusive(JsonElement item)
    {
        double[] box = [.. item.GetProperty("bbox").EnumerateArray().Select(side => side.GetDouble())];
        return new Rectangle(box[0], box[1], box[2] + 1, box[3] + 1);
    }

    private static Case Read(string name, string annotations, string detections)
    {
        string folder = Shared.Require($"data/coco-eval-oracle/{name}");
        JsonElement expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement.GetProperty("reference_run");
        return new Case(CocoReader.ReadTruth(Path.Combine(folder, annotations), asPycocotools: false), Path.Combine(folder, detections), expected);
    }

    private static CocoEvaluation Evaluate(CocoTruth truth, IEnumerable<DetectionBox> detections) =>
        CocoEvaluation.Of(truth.Images, truth.Categories.Count, truth.Boxes(), detections);

    private static void AssertSummary(CocoEvaluation evaluation, JsonElement expected)
    {
        Assert.That(evaluation.Summary().Select(number => number.Name), Is.EqualTo(expected.EnumerateObject().Select(number => number.Name)));
        foreach ((string name, double value) in evaluation.Summary())
            AssertNumber(value, expected.GetProperty(name), name);
    }

    private static void AssertNumber(double actual, JsonElement expected, string name) =>
        Assert.That(double.IsNaN(actual) ? -1 : actual, Is.EqualTo(expected.GetDouble()).Within(Tolerance), name);

    private sealed record Case(CocoTruth Truth, string Detections, JsonElement Expected)
    {
        public CocoEvaluation Evaluate() => CocoOracleTests.Evaluate(Truth, CocoDetections.Read(Detections, Truth).Boxes);
    }
}
