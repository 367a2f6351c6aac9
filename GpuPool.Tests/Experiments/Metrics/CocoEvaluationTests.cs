using GpuPool.Experiments.Metrics;

namespace GpuPool.Tests.Experiments.Metrics;

/// <summary>Small cases by hand. Objects are 10 x 10 in a row, so that an overlap is that of a shift.</summary>
public sealed class CocoEvaluationTests
{
    private static readonly Rectangle Here = new(0, 0, 10, 10);

    [Test]
    public void A_perfect_detector_has_1_and_one_that_finds_nothing_0()
    {
        GroundTruthBox[] objects = [Object(Here), Object(new(20, 0, 40, 40)), Object(new(0, 0, 100, 100), image: 1)];
        CocoEvaluation perfect = Evaluate(objects, [.. objects.Select((item, i) => Found(item.Box, 0.9 - 0.1 * i, item.Image))]), nothing = Evaluate(objects, []);
        // The average recall with one detection is 2 of 3, as the first picture has two objects.
        Assert.That(perfect.Summary().Select(number => number.Value), Is.EqualTo(new[] { 1, 1, 1, 1, 1, 1, 2 / 3.0, 1, 1, 1, 1, 1 }).Within(1e-12));
        Assert.That(nothing.Summary().Select(number => number.Value), Is.All.Zero);
    }

    [Test]
    public void Without_objects_there_is_no_number_and_the_category_does_not_count()
    {
        GroundTruthBox[] objects = [Object(Here, category: 1)];
        var evaluation = CocoEvaluation.Of(1, 3, objects, [Found(Here, 0.5, category: 1), Found(Here, 0.9, category: 2)]);
        Assert.That(evaluation.AveragePrecision(category: 0), Is.NaN);
        Assert.That(evaluation.AveragePrecision(category: 2), Is.NaN);
        Assert.That(evaluation.AverageRecall(category: 2), Is.NaN);
        Assert.That(evaluation.AveragePrecision(AreaRange.Large), Is.NaN);
        Assert.That(evaluation.AveragePrecision(), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Precision_is_the_mean_over_101_recalls_of_the_highest_to_come()
    {
        // Right, wrong, right: precisions 1 and 2/3 at recalls 1/2 and 1; recall 0.5 is the 51st of 101.
        CocoEvaluation evaluation = Evaluate(
            [Object(Here), Object(new(20, 0, 10, 10))], [Found(Here, 0.9), Found(new(50, 0, 10, 10), 0.8), Found(new(20, 0, 10, 10), 0.7)]);
        Assert.That(evaluation.AveragePrecision(), Is.EqualTo((51 + 50 * (2 / 3.0)) / 101).Within(1e-12));
    }

    [TestCase(35, 35)]
    [TestCase(69, 69)]
    [TestCase(34, 35)]
    [TestCase(50, 51)]
    public void A_recall_threshold_can_lie_one_bit_above_its_hundredth(int found, int thresholds)
    {
        GroundTruthBox[] objects = [.. Enumerable.Range(0, 100).Select(image => Object(Here, image))];
        var evaluation = CocoEvaluation.Of(100, 1, objects, objects.Take(found).Select(item => Found(Here, 0.5, item.Image)));
        Assert.That(evaluation.AveragePrecision(), Is.EqualTo(thresholds / 101.0).Within(1e-12));
    }

    [TestCase(5.0, 0)]
    [TestCase(2.5, 3)]
    [TestCase(0.0, 10)]
    public void An_overlap_of_just_a_threshold_is_enough(double shift, int thresholds)
    {
        // A shift of 2.5 leaves 7.5 of 12.5, which is 0.6 to the last bit.
        CocoEvaluation evaluation = Evaluate([Object(Here)], [Found(new(shift, 0, 10, 10), 0.5)]);
        Assert.That(evaluation.AverageRecall(), Is.EqualTo(thresholds / 10.0).Within(1e-12));
    }

    [Test]
    public void A_detection_with_half_of_an_object_in_it_finds_it_at_one_half()
    {
        CocoEvaluation evaluation = Evaluate([Object(Here)], [Found(new(0, 0, 10, 20), 0.5)]);
        Assert.That(evaluation.AverageRecall(threshold: 0), Is.EqualTo(1));
        Assert.That(evaluation.AverageRecall(threshold: 1), Is.Zero);
    }

    [Test]
    public void Of_equal_overlaps_the_later_object_is_taken()
    {
        // Between two objects, 6 from each of 10: the second is taken, so who finds the second exactly comes too late, and the first is left.
        GroundTruthBox[] objects = [Object(new(0, 0, 10, 10)), Object(new(4, 0, 10, 10))];
        Rectangle between = new(2, 0, 10, 10);
        Assert.That(Evaluate(objects, [Found(between, 0.9), Found(objects[0].Box, 0.8)]).AverageRecall(threshold: 0), Is.EqualTo(1));
        Assert.That(Evaluate(objects, [Found(between, 0.9), Found(objects[1].Box, 0.8)]).AverageRecall(threshold: CocoEvaluation.Index(0.65)), Is.EqualTo(0.5));
    }

    [Test]
    public void Of_equal_scores_the_earlier_detection_and_the_earlier_picture_come_first()
    {
        GroundTruthBox[] objects = [Object(Here), Object(Here, image: 1)];
        DetectionBox right = Found(Here, 0.5), wrong = Found(new(50, 0, 10, 10), 0.5);
        Assert.That(Evaluate(objects, [right, wrong]).AveragePrecision(), Is.EqualTo(51 / 101.0).Within(1e-12));
        Assert.That(Evaluate(objects, [wrong, right]).AveragePrecision(), Is.EqualTo(0.5 * 51 / 101).Within(1e-12));
        Assert.That(Evaluate(objects, [wrong with { Image = 1 }, right]).AveragePrecision(), Is.EqualTo(51 / 101.0).Within(1e-12));
    }

    [Test]
    public void A_score_that_is_not_a_number_comes_last()
    {
        CocoEvaluation evaluation = Evaluate([Object(Here)], [Found(new(50, 0, 10, 10), double.NaN), Found(Here, double.NegativeInfinity)]);
        Assert.That(evaluation.AveragePrecision(), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void What_lies_in_a_crowd_is_neither_right_nor_wrong_however_many()
    {
        GroundTruthBox crowd = new(0, 0, new(20, 0, 50, 50), 2500, GroundTruthKind.Crowd);
        DetectionBox[] inCrowd = [.. Enumerable.Range(0, 5).Select(i => Found(new(20 + 5 * i, 0, 5, 5), 0.9))];
        CocoEvaluation evaluation = Evaluate([crowd, Object(Here)], [.. inCrowd, Found(Here, 0.5)]);
        Assert.That(evaluation.AveragePrecision(), Is.EqualTo(1).Within(1e-12));
        Assert.That(evaluation.AverageRecall(), Is.EqualTo(1));
        Assert.That(Evaluate([crowd], inCrowd).AveragePrecision(), Is.NaN);
    }

    [Test]
    public void An_object_is_preferred_to_a_crowd_that_is_overlapped_more()
    {
        GroundTruthBox crowd = new(0, 0, new(0, 0, 50, 50), 2500, GroundTruthKind.Crowd);
        CocoEvaluation evaluation = Evaluate([crowd, Object(Here)], [Found(new(0, 0, 10, 12), 0.9)]);
        Assert.That(evaluation.AverageRecall(threshold: 0), Is.EqualTo(1));
        // 10 / 12 is less than 0.85, so there the crowd has it.
        Assert.That(evaluation.AverageRecall(threshold: CocoEvaluation.Index(0.85)), Is.Zero);
        Assert.That(evaluation.AveragePrecision(threshold: CocoEvaluation.Index(0.8)), Is.EqualTo(1).Within(1e-12));
    }

    [TestCase(1024, true, true, false)]
    [TestCase(1023, true, false, false)]
    [TestCase(1025, false, true, false)]
    [TestCase(9216, false, true, true)]
    [TestCase(9217, false, false, true)]
    public void Areas_on_a_border_belong_to_both_sizes(double area, bool small, bool medium, bool large)
    {
        CocoEvaluation evaluation = Evaluate([new GroundTruthBox(0, 0, Here, area)], [Found(Here, 0.5)]);
        bool[] counts = [.. AreaRange.Every.Skip(1).Select(range => !double.IsNaN(evaluation.AveragePrecision(range)))];
        Assert.That(counts, Is.EqualTo(new[] { small, medium, large }));
    }

    [Test]
    public void A_wrong_detection_counts_for_its_own_size_only()
    {
        GroundTruthBox[] objects = [Object(Here), Object(new(0, 0, 100, 100), image: 1)];
        DetectionBox[] detections = [Found(new(0, 50, 10, 10), 0.9), Found(Here, 0.5), Found(objects[1].Box, 0.5, image: 1)];
        CocoEvaluation evaluation = Evaluate(objects, detections);
        Assert.That(evaluation.AveragePrecision(AreaRange.Small), Is.EqualTo(0.5).Within(1e-12));
        Assert.That(evaluation.AveragePrecision(AreaRange.Large), Is.EqualTo(1).Within(1e-12));
    }

    [TestCase(99, 1.0)]
    [TestCase(100, 0.0)]
    public void Behind_a_hundred_detections_of_a_picture_nothing_counts(int before, double recall)
    {
        DetectionBox[] detections = [.. Enumerable.Range(0, before).Select(i => Found(new(50 + i, 0, 1, 1), 0.9)), Found(Here, 0.5)];
        CocoEvaluation evaluation = Evaluate([Object(Here)], detections);
        Assert.That(evaluation.AverageRecall(), Is.EqualTo(recall));
        Assert.That(evaluation.AverageRecall(limit: 1), Is.Zero);
        Assert.That(CocoEvaluation.Of(2, 1, [Object(Here)], detections, [1, 10, 101]).AverageRecall(), Is.EqualTo(1));
    }

    [Test]
    public void Who_finds_what_is_never_found_is_wrong()
    {
        GroundTruthBox[] objects = [Object(Here), new(1, 0, Here, 100, GroundTruthKind.NeverFound)];
        CocoEvaluation evaluation = Evaluate(objects, [Found(Here, 0.9, image: 1), Found(Here, 0.5)]);
        Assert.That(evaluation.AverageRecall(), Is.EqualTo(0.5));
        Assert.That(evaluation.AveragePrecision(), Is.EqualTo(0.5 * 51 / 101).Within(1e-12));
    }

    [Test]
    public void The_thresholds_are_those_of_numpy_to_the_last_bit() =>
        Assert.That(CocoEvaluation.Thresholds, Is.EqualTo(new[] { 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95 }));

    [Test]
    public void Of_Pascal_VOC_a_detection_whose_object_is_taken_does_not_look_for_another()
    {
        GroundTruthBox[] objects = [Object(Here), Object(new(4, 0, 10, 10))];
        DetectionBox[] detections = [Found(Here, 0.9), Found(new(1, 0, 10, 10), 0.8)];
        Assert.That(VocEvaluation.Of(1, 1, objects, detections).EveryPoint(), Is.EqualTo(0.5).Within(1e-12));
        Assert.That(Evaluate(objects, detections).AverageRecall(threshold: 0), Is.EqualTo(1));
    }

    [Test]
    public void Of_Pascal_VOC_difficult_objects_are_neither_right_nor_wrong()
    {
        GroundTruthBox[] objects = [new(0, 0, Here, 100, GroundTruthKind.Difficult), Object(Here, image: 1)];
        var evaluation = VocEvaluation.Of(2, 2, objects, [Found(Here, 0.9), Found(Here, 0.8), Found(Here, 0.7, image: 1)]);
        Assert.That((evaluation.EveryPoint(), evaluation.ElevenPoint()), Is.EqualTo((1.0, 1.0)).Within(1e-12));
        Assert.That(evaluation.EveryPoint(category: 1), Is.NaN);
    }

    private static GroundTruthBox Object(Rectangle box, int image = 0, int category = 0) => new(image, category, box, box.Area);

    private static DetectionBox Found(Rectangle box, double score, int image = 0, int category = 0) => new(image, category, box, score);

    private static CocoEvaluation Evaluate(IEnumerable<GroundTruthBox> objects, IEnumerable<DetectionBox> detections) => CocoEvaluation.Of(2, 1, objects, detections);
}
