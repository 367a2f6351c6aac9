using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Events;
using GpuPool.Experiments.Tasks;
using SkiaSharp;

namespace GpuPool.Tests.Experiments.Events;

public sealed class EventFileTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    // The check value of CRC-32C is E3069283.
    [Test]
    public void The_readers_checksum_is_that_of_the_standard() =>
        Assert.That(EventReader.Masked("123456789"u8), Is.EqualTo(unchecked((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8)));

    [Test]
    public void Numbers_and_pictures_are_read_back()
    {
        using (var file = new EventFile(_folder["events"]))
        {
            file.Number("train/loss", 3, 1.5);
            file.Number("train/größe", long.MaxValue, double.NaN);
            file.Picture("pictures", 0, new RgbImage([255, 0, 0, 0, 255, 0], 2, 1));
        }
        IReadOnlyList<ReadEvent> events = Read("events");
        Assert.That(events[0].Version, Is.EqualTo("brain.Event:2"));
        Assert.That(events[1], Is.EqualTo(new ReadEvent(3, null, "train/loss", 1.5f, null)));
        Assert.That(events[2], Is.EqualTo(new ReadEvent(long.MaxValue, null, "train/größe", float.NaN, null)));
        (long height, long width, byte[] png) = events[3].Picture!.Value;
        using SKBitmap picture = SKBitmap.Decode(png);
        Assert.That((height, width, picture.GetPixel(0, 0), picture.GetPixel(1, 0)), Is.EqualTo((1L, 2L, new SKColor(255, 0, 0), new SKColor(0, 255, 0))));
    }

    [Test]
    public void A_run_shows_what_its_log_says()
    {
        CommandLine run = CommandLine.Run(
            "train", "mobilenet_v2-avgp-1222121", "--run", _folder["run"], "--size", "32", "--width", "0.1", "--epochs", "2", "--limit", "20", "--batch", "10", "--tensorboard", _folder["board"],
            "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        IReadOnlyList<ReadEvent> events = Read("board");
        JsonElement[] log = [.. File.ReadLines(_folder["run/log.jsonl"]).Select(line => JsonDocument.Parse(line).RootElement)];
        foreach ((string tag, string column) in new[] { ("train/loss", "train_loss"), ("train/accuracy", "train_accuracy"), ("test/loss", "test_loss"), ("epoch/learning_rate", "learning_rate") })
        {
            Assert.That(
                events.Where(entry => entry.Tag == tag).Select(entry => (entry.Step, entry.Number)),
                Is.EqualTo(log.Select((line, epoch) => (epoch + 1L, (float?)line.GetProperty(column).GetDouble()))), tag);
        }
        Assert.That(events.Where(entry => entry.Tag == "running/loss").Select(entry => entry.Step), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        (long height, long width, _) = events.Single(entry => entry.Picture is not null).Picture!.Value;
        Assert.That((height, width), Is.EqualTo((32L, 8 * 32L)));
    }

    [Test]
    public void A_sheet_goes_from_black_to_white_picture_by_picture()
    {
        using RgbImage sheet = PictureSheet.Of(new LabelledBatch([-1, -1, -1, 0, 0, 0, 1, 1, 1, -1, 0, 1, 1, 0, -1, 0, 1, 0, 1, 1, 1, -1, -1, -1], [0, 1], 2));
        Assert.That((sheet.Width, sheet.Height), Is.EqualTo((4, 2)));
        Assert.That(sheet.Row(0).ToArray(), Is.EqualTo(new byte[] { 0, 0, 0, 128, 128, 128, 255, 128, 0, 128, 255, 128 }));
        Assert.That(sheet.Row(1).ToArray(), Is.EqualTo(new byte[] { 255, 255, 255, 0, 128, 255, 255, 255, 255, 0, 0, 0 }));
    }

    [Test]
    public void A_folder_that_cannot_be_made_is_refused()
    {
        File.WriteAllText(_folder["file"], "");
        CommandLine run = CommandLine.Run("train", "mobilenet_v2-avgp-1222121", "--run", _folder["other"], "--size", "32", "--width", "0.1", "--limit", "20", "--tensorboard", _folder["file"], "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.NotWritable), run.Error);
    }

    private IReadOnlyList<ReadEvent> Read(string name) => EventReader.Read(Directory.GetFiles(_folder[name], "events.out.tfevents.*").Single());
}
