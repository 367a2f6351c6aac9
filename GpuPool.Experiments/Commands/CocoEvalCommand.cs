using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Data.Coco;
using GpuPool.Experiments.Metrics;
using GpuPool.Experiments.Storage;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool coco-eval</c>: the twelve numbers of COCO for anybody's detections.</summary>
internal static class CocoEvalCommand
{
    // What pycocotools gives for a mean of nothing.
    private const double Nothing = -1;

    public static Command Create(Session session)
    {
        var groundTruth = new Argument<string>("GROUND_TRUTH") { Description = "Annotations in COCO's form: images, annotations and categories." };
        var detections = new Argument<string>("DETECTIONS") { Description = "Detections in COCO's form: a list of image_id, category_id, bbox (x, y, width, height) and score." };
        Option<IReadOnlyList<string>?> classes = Options.Classes("Only categories with these names; by default all.");
        Option<bool> asPycocotools = new("--as-pycocotools")
        {
            Description = "Take annotations with the number 0, or with one number for several, as pycocotools does: the first as never found, the last for all. They are refused without.",
        };
        Option<bool> json = Options.Json();
        var command = new Command("coco-eval", "Measures detections as COCO does: average precision and recall, by size, class and overlap; -1 where there is no object.")
        { groundTruth, detections, classes, asPycocotools, json };
        command.SetAction(parsed =>
        {
            CocoTruth truth = CocoReader.ReadTruth(parsed.GetRequiredValue(groundTruth), parsed.GetValue(asPycocotools));
            if (parsed.GetValue(classes) is { } names)
                truth = truth.Only(names);
            var found = CocoDetections.Read(parsed.GetRequiredValue(detections), truth);
            if (found.Unknown.Count > 0)
            {
                string ids = NameList.Of([.. found.Unknown.Keys.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
                session.Error.WriteLine($"gpupool: {found.Unknown.Values.Sum()} detections are passed over, as the annotations have no category {ids}");
            }
            var evaluation = CocoEvaluation.Of(truth.Images, truth.Categories.Count, truth.Boxes(), found.Boxes);
            if (parsed.GetValue(json))
                session.Output.WriteLine(JsonSerializer.Serialize(Everything(truth, evaluation), Json.Line));
            else
                Print(session, truth, evaluation);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Dictionary<string, object> Everything(CocoTruth truth, CocoEvaluation evaluation)
    {
        Dictionary<string, object> everything = Numbers(evaluation.Summary());
        everything["per_iou"] = Thresholds(evaluation).Select(numbers => Numbers(numbers)).ToArray();
        everything["per_category"] = truth.Categories.Select((category, index) =>
        {
            var numbers = new Dictionary<string, object> { ["id"] = category.Id, ["name"] = category.Name };
            foreach ((string name, double value) in evaluation.Summary(index))
                numbers[name] = OrNothing(value);
            return numbers;
        }).ToArray();
        return everything;
    }

    private static Dictionary<string, object> Numbers(IEnumerable<(string Name, double Value)> numbers) =>
        numbers.ToDictionary(number => number.Name, number => (object)OrNothing(number.Value));

    private static IEnumerable<(string Name, double Value)[]> Thresholds(CocoEvaluation evaluation) => CocoEvaluation.Thresholds.Select((threshold, index) => new[]
    {
        ("iou", Math.Round(threshold, 2)), ("AP", evaluation.AveragePrecision(threshold: index)), ("AR_100", evaluation.AverageRecall(threshold: index)),
    });

    private static void Print(Session session, CocoTruth truth, CocoEvaluation evaluation)
    {
        IAnsiConsole console = Terminal.Over(session.Output);
        IReadOnlyList<(string Name, double Value)> summary = evaluation.Summary();
        Table categories = new Table().AddColumns(["class", .. summary.Select(number => number.Name)]).AddRow(["all", .. summary.Select(number => Text(number.Value))]);
        for (int category = 0; category < truth.Categories.Count; category++)
            categories.AddRow([Markup.Escape(truth.Categories[category].Name), .. evaluation.Summary(category).Select(number => Text(number.Value))]);
        console.Write(categories);
        Table thresholds = new Table().AddColumns("IoU", "AP", "AR_100");
        foreach ((string Name, double Value)[] numbers in Thresholds(evaluation))
            thresholds.AddRow([numbers[0].Value.ToString("F2", CultureInfo.InvariantCulture), .. numbers[1..].Select(number => Text(number.Value))]);
        console.Write(thresholds);
    }

    private static string Text(double value) => OrNothing(value).ToString(double.IsNaN(value) ? "F0" : "F4", CultureInfo.InvariantCulture);

    private static double OrNothing(double value) => double.IsNaN(value) ? Nothing : value;
}
