using System.Text.Json;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;

namespace GpuPool.Tests.Experiments.Data;

public sealed class PreprocessingTests
{
    [Test]
    public void Each_recipe_has_the_colours_crops_and_middle_of_its_source()
    {
        var pictures = new TwoPictures(0.08);
        Assert.That(Preprocessing.Stl10.Training(128, pictures), Is.EqualTo(new TrainingTransform(128, Normalisation.Half, 0.08)));
        Assert.That(Preprocessing.Stl10.Evaluation(128), Is.EqualTo(new EvaluationTransform(128, Normalisation.Half)));
        Assert.That(Preprocessing.ImageNet.Training(224, pictures), Is.EqualTo(new TrainingTransform(224, Normalisation.ImageNet, 0.08)));
        Assert.That(Preprocessing.ImageNet.Evaluation(224), Is.EqualTo(new EvaluationTransform(224, Normalisation.ImageNet)));
        Assert.That(Preprocessing.Vww.Training(224, pictures), Is.EqualTo(new TrainingTransform(224, Normalisation.ImageNet, 0.2)));
        Assert.That(Preprocessing.Vww.Evaluation(224), Is.EqualTo(new EvaluationTransform(224, Normalisation.ImageNet) { ShorterSide = 256 }));
        Assert.That(Preprocessing.Vww.Evaluation(96).ShorterSide, Is.EqualTo(110));
    }

    [Test]
    public void A_data_set_that_needs_larger_crops_gets_them() =>
        Assert.That(Preprocessing.Vww.Training(224, new TwoPictures(0.6)).MinimumScale, Is.EqualTo(0.6));

    [Test]
    public void A_configuration_from_before_there_were_recipes_stays_the_same()
    {
        string now = JsonSerializer.Serialize(new TrainingConfig { Architecture = "resnet18-skip-1222" }, Json.Line);
        string old = now.Replace("\"preprocessing\":\"stl10\",", "", StringComparison.Ordinal);
        Assert.That(old, Is.Not.EqualTo(now));
        Assert.That(JsonSerializer.Deserialize<TrainingConfig>(old, Json.Line), Is.EqualTo(JsonSerializer.Deserialize<TrainingConfig>(now, Json.Line)));
    }

    [TestCase(Preprocessing.Stl10, "\"stl10\"")]
    [TestCase(Preprocessing.ImageNet, "\"imagenet\"")]
    [TestCase(Preprocessing.Vww, "\"vww\"")]
    public void The_written_names_are_those_of_the_command_line(Preprocessing recipe, string json) =>
        Assert.That(JsonSerializer.Serialize(recipe, Json.Line), Is.EqualTo(json));

    private sealed class TwoPictures(double minimumCropScale) : IDataset
    {
        public string Name => "two";

        public IReadOnlyList<string> ClassNames => ["a"];

        public int Count => 2;

        public double MinimumCropScale => minimumCropScale;

        public int Label(int index) => 0;

        public RgbImage Image(int index) => Pictures.Noise(2, 2, index);
    }
}
