using System.Text.Json;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;

namespace GpuPool.Tests.Experiments;

public sealed class MeasuresTests
{
    private static readonly Measures Losses = new(new("loss", 1.8), new("box_loss", 0.25)), Scored = new(new("loss", 2), new("box_loss", double.NaN), new("map", 0.3125));

    [Test]
    public void Losses_come_first_and_the_score_is_what_is_none()
    {
        Assert.That((Losses.Loss, Losses.Score, Scored.Score, Scored["box_loss"], Losses["map"]), Is.EqualTo((1.8, double.NaN, 0.3125, double.NaN, double.NaN)));
        Assert.That((Losses.IsFinite, Scored.IsFinite), Is.EqualTo((true, false)));
        Assert.That(Losses.ToString(), Is.EqualTo("loss 1.8000, box_loss 0.2500"));
        Assert.That(new Measures(new("loss", 0.5), new("accuracy", 1 / 3.0)).ToString(), Is.EqualTo("loss 0.5000, accuracy 0.333"));
        Assert.That(Scored, Is.EqualTo(new Measures([.. Scored])).And.Not.EqualTo(Losses));
    }

    [Test]
    public void Means_add_up_batch_by_batch()
    {
        Means means = Means.None.Add(new Means(8, new Measures(new("loss", 16), new("accuracy", 5)))).Add(new Means(2, new Measures(new("loss", 4), new("accuracy", 2))));
        Assert.That((means.Images, means.Measures), Is.EqualTo((10, new Measures(new("loss", 2), new("accuracy", 0.7)))));
        Assert.That(JsonSerializer.Deserialize<Means>(JsonSerializer.Serialize(means, Json.Line), Json.Line), Is.EqualTo(means));
    }

    [Test]
    public void The_state_of_an_earlier_build_is_read()
    {
        const string state = "{\"epoch\":3,\"step\":7,\"score\":{\"images\":56,\"loss_sum\":84.5,\"right\":11,\"loss\":1.5,\"accuracy\":0.2},\"seconds\":0.5,\"peak_bytes\":9,\"has_diverged\":false}";
        Assert.That(
            JsonSerializer.Deserialize<TrainingState>(state, Json.Line),
            Is.EqualTo(new TrainingState(3, 7, new Means(56, new Measures(new("loss", 84.5), new("accuracy", 11))), 0.5, 9)));
    }

    [Test]
    public void An_epoch_is_one_flat_line_whatever_is_measured()
    {
        var epoch = new EpochRecord(3, 0.01, Losses, Scored, 412.5, 2, 1000, 2000);
        const string line = "{\"epoch\":3,\"learning_rate\":0.01,\"train_loss\":1.8,\"train_box_loss\":0.25,\"test_loss\":2,\"test_box_loss\":\"NaN\",\"test_map\":0.3125,"
            + "\"images_per_second\":412.5,\"seconds\":2,\"live_bytes\":1000,\"peak_bytes\":2000}";
        Assert.That(JsonSerializer.Serialize(epoch, Json.Line), Is.EqualTo(line));
        Assert.That(JsonSerializer.Deserialize<EpochRecord>(line, Json.Line), Is.EqualTo(epoch));
        Assert.That((epoch with { ImagesPerSecond = 412 }).Summary(10), Does.Match("^epoch 3/10: loss 1.8000, box_loss 0.2500, test map 0.31[23], 412 images/s, 2 s, peak 0 MiB$"));
    }

    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("{\"epoch\":1,\"learning_rate\":0.01,\"images_per_second\":1,\"seconds\":1,\"live_bytes\":1,\"peak_bytes\":1}")]
    [TestCase("{\"epoch\":\"one\",\"learning_rate\":0.01,\"train_loss\":1,\"test_loss\":1,\"images_per_second\":1,\"seconds\":1,\"live_bytes\":1,\"peak_bytes\":1}")]
    public void A_line_that_is_no_epoch_is_refused(string line) =>
        Assert.That(() => JsonSerializer.Deserialize<EpochRecord>(line, Json.Line), Throws.InstanceOf<JsonException>());
}
