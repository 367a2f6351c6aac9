using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Training;
using GpuPool.Models.Safetensors;
using SkiaSharp;
using Pictures = GpuPool.Tests.Experiments.Data.Pictures;

namespace GpuPool.Tests.Experiments;

public sealed class TrainCommandTests
{
    private static readonly string[] Tiny =
        ["train", "mobilenet_v2-skip-1222121", "--width", "0.35", "--size", "32", "--epochs", "2", "--limit", "24", "--threads", "2", "--device", "cpu"];

    [Test]
    public void A_run_leaves_config_logs_and_weights_and_says_when_it_is_finished()
    {
        using var folder = new TemporaryFolder();
        CommandLine run = Train(folder["run"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.StartWith("best test accuracy "));
        Assert.That(Directory.GetFiles(folder["run"]).Select(Path.GetFileName), Is.EquivalentTo(
            new[] { "config.json", "classes.json", "log.jsonl", "log.csv", "best.safetensors", "last.safetensors", ".lock" }));
        Assert.That(Directory.GetDirectories(folder["run"]), Is.Empty, "a finished run needs no checkpoint");
        Assert.That(File.ReadLines(Path.Combine(folder["run"], "log.csv")).First(), Is.EqualTo(
            "epoch,learning_rate,train_loss,train_accuracy,test_loss,test_accuracy,images_per_second,seconds,live_bytes,peak_bytes"));
        JsonElement[] log = Log(folder["run"]);
        Assert.That(log.Select(line => line.GetProperty("epoch").GetInt32()), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(log.Select(line => line.GetProperty("live_bytes").GetInt64()).Distinct().Count(), Is.EqualTo(1), "memory stays flat");

        CommandLine again = Train(folder["run"]);
        Assert.That(again.Code, Is.EqualTo(ExitCode.Done));
        Assert.That(again.Error, Does.Contain("holds the finished run of this configuration"));
        Assert.That(again.Output, Is.EqualTo(run.Output));

        CommandLine evaluate = CommandLine.Run("evaluate", folder["run"], "--json", "--weights", "last", "--device", "cpu");
        Assert.That(evaluate.Code, Is.EqualTo(ExitCode.Done), evaluate.Error);
        Assert.That(
            JsonDocument.Parse(evaluate.Output).RootElement.GetProperty("accuracy").GetDouble(),
            Is.EqualTo(log[1].GetProperty("test_accuracy").GetDouble()));
    }

    [Test]
    public void The_same_seed_gives_the_same_bits_on_any_number_of_threads()
    {
        using var folder = new TemporaryFolder();
        Train(folder["two"], "--epochs", "1");
        Train(folder["three"], "--epochs", "1", "--threads", "3");
        Assert.That(Weights(folder["three"]), Is.EqualTo(Weights(folder["two"])));
    }

    [Test]
    public void A_run_is_evaluated_with_the_decoder_that_it_was_trained_with()
    {
        using var folder = new TemporaryFolder();
        foreach (string place in new[] { "train/a", "train/b", "val/a", "val/b" })
        {
            for (int i = 0; i < 8; i++)
                File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(folder[$"data/{place}"]).FullName, $"{i}.jpg"), Pictures.Encode(Pictures.Noise(40, 40, seed: i), SKEncodedImageFormat.Jpeg));
        }
        CommandLine run = Train(folder["run"], "--epochs", "1", "--data", $"folder:{folder["data"]}", "--decoder", "managed");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(File.ReadAllText(folder["run/config.json"]), Does.Contain("\"decoder\": \"managed\""));
        CommandLine evaluate = CommandLine.Run("evaluate", folder["run"], "--json", "--weights", "last", "--device", "cpu");
        Assert.That(
            JsonDocument.Parse(evaluate.Output).RootElement.GetProperty("loss").GetDouble(), Is.EqualTo(Log(folder["run"])[0].GetProperty("test_loss").GetDouble()).Within(1e-6));
        string file = folder["data/val/a/0.jpg"];
        using RgbImage tested = RunFolder.Read(folder["run"]).Config.Open().Both[1].Image(0), managed = ImageDecoder.Decode(file, DecoderChoice.Managed), other = ImageDecoder.Decode(file);
        Assert.That(tested.Pixels.SequenceEqual(managed.Pixels));
        Assert.That(tested.Pixels.SequenceEqual(other.Pixels), Is.False);
    }

    [Test]
    public void Another_configuration_in_the_folder_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        Train(folder["run"], "--epochs", "1");
        CommandLine other = Train(folder["run"], "--epochs", "1", "--batch", "4");
        Assert.That(other.Code, Is.EqualTo(ExitCode.Configuration));
        Assert.That(other.Line, Does.EndWith("holds a run with another configuration (batch 8 there, 4 here). Choose another folder for --run."));
    }

    [Test]
    public void An_interrupted_run_is_continued_only_when_asked_to()
    {
        using var folder = new TemporaryFolder();
        using var interrupt = new CancellationTokenSource();
        interrupt.Cancel();
        CommandLine stopped = CommandLine.Run(interrupt.Token, [.. Tiny, "--run", folder["run"]]);
        Assert.That(stopped.Code, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(stopped.Line, Does.StartWith("gpupool: interrupted. "));
        Assert.That(Directory.GetFiles(Path.Combine(folder["run"], "checkpoints")), Has.Length.EqualTo(2));
        CommandLine refused = Train(folder["run"]);
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Configuration));
        Assert.That(
            refused.Line,
            Does.EndWith("holds an unfinished run of this configuration. Continue it with --resume, or choose another folder for --run."));
        Assert.That(Train(folder["run"], "--resume").Code, Is.EqualTo(ExitCode.Done));
    }

    [TestCase("train resnet19-skip-1222 --run R", ExitCode.Usage, "known are resnet18")]
    [TestCase("train resnet18-skip-1222 --run R --sise 3", ExitCode.Usage, "Did you mean '--size'?")]
    [TestCase("train resnet18-skip-1222", ExitCode.Usage, "--run")]
    [TestCase("train resnet18-skip-1222 --run R --size none", ExitCode.Usage, "is not a whole number of at least 1. Give one, for example --size 128.")]
    [TestCase("train resnet18-skip-1222 --run R --schedule step", ExitCode.Usage, "Did you mean 'steps'? Known values: constant, steps, tenths, cosine, detectron.")]
    [TestCase("train resnet18-skip-1222 --run R --data stl11:X", ExitCode.Configuration, "Known are synthetic, stl10:DIR, folder:DIR, vww:DIR, shards:DIR, distance:PIXELS.")]
    [TestCase("train resnet18-skip-1222 --run R --data stl10:/nowhere", ExitCode.DataMissing, "/nowhere")]
    [TestCase("train resnet18-skip-1222 --run R --device cuda", ExitCode.NoDevice, "'gpupool devices' shows what is there")]
    [TestCase("train mobilenet_v2-gaussian_pool-1222121 --run R --size 32 --batch 1 --limit 10 --epochs 1 --width 0.1 --device cpu", ExitCode.Configuration, "Use a --batch of at least 2.")]
    [TestCase("train resnet18-maxp-1222 --run R --size 4 --limit 8 --device cpu", ExitCode.Configuration, "Use a larger --size or smaller strides.")]
    [TestCase("train inception_v3-maxp-2222 --run R --size 64 --limit 8 --device cpu", ExitCode.Configuration, "inception_v3-maxp-2222 takes images of at least 75 x 75 pixels, but these have 64 x 64.")]
    [TestCase("train resnet18-skip-1222 --run R --limit 4 --device cpu", ExitCode.Configuration, "fewer than a batch of 8")]
    [TestCase("train resnet18-skip-1222 --run R --batch 5000 --size 2000 --device cpu", ExitCode.OutOfMemory, "a batch of 5000 images of 2000 x 2000 pixels")]
    [TestCase("bench resnet18-skip-1222 --batch 1000000 --device cpu", ExitCode.OutOfMemory, "Use a smaller --batch or --size, or a device with more memory.")]
    [TestCase("bench resnet18-skip-1222 --size 100000 --device cpu", ExitCode.OutOfMemory, "below 2^31")]
    [TestCase("train resnet18-skip-1222 --run FILE/R --limit 8 --device cpu", ExitCode.NotWritable, "cannot be made")]
    [TestCase("evaluate R", ExitCode.DataMissing, "is not the folder of a run")]
    public void A_mistake_is_one_line_with_cause_and_remedy(string line, ExitCode code, string part)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        CommandLine run = CommandLine.Run(
            [.. line.Replace("FILE", folder["file"], StringComparison.Ordinal).Split(' ').Select(word => word == "R" ? folder["run"] : word)]);
        if (code == ExitCode.NoDevice && run.Code == ExitCode.Done)
            Assert.Ignore("there is a CUDA device here");
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Line, Does.StartWith("gpupool: ").And.Contain(part));
        Assert.That(run.Error, Does.Not.Contain("   at "));
        Assert.That(run.Output, Is.Empty);
    }

    [Test]
    public void A_loss_that_is_not_finite_ends_the_training_with_its_place()
    {
        using var folder = new TemporaryFolder();
        CommandLine run = Train(folder["run"], "--lr", "1e30");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Diverged), run.Error);
        Assert.That(run.Line, Does.Match("diverged: the loss is .* in epoch 1, step [23]. Use a smaller --lr.$"));
    }

    [Test]
    public void A_loss_that_is_not_finite_can_be_recorded_as_a_result_at_chance()
    {
        using var folder = new TemporaryFolder();
        CommandLine run = Train(folder["run"], "--lr", "1e30", "--on-nonfinite", "record");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error, Does.Match("diverged: the loss is .* in epoch 1, step [23]; the run ends with this epoch\n"));
        JsonElement epoch = Log(folder["run"]).Single();
        Assert.That(epoch.GetProperty("train_loss").GetString(), Is.EqualTo("NaN"));
        Assert.That(epoch.GetProperty("test_accuracy").GetDouble(), Is.EqualTo(0.1).Within(0.05), "one class of ten");
        Assert.That(Train(folder["run"], "--lr", "1e30").Error, Does.Contain("holds the finished run"));
    }

    [TestCase("1", "1e30")]
    [TestCase("3", "1e30")]
    [TestCase("3", "1e38")]
    public void A_last_step_of_an_epoch_that_spoils_the_network_is_divergence_and_nothing_takes_the_place_of_finite_weights(string epochs, string rate)
    {
        using var folder = new TemporaryFolder();
        string[] line = ["--limit", "8", "--epochs", epochs, "--lr", rate, "--schedule", "constant", "--checkpoint-steps", "1"];
        CommandLine run = Train(folder["run"], line);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Diverged), run.Error);
        Assert.That(run.Line, Does.Match("diverged: (the test loss is NaN|.* is not finite) in epoch 1, step 1. Use a smaller --lr.$"));
        Assert.That(File.Exists(folder["run/best.safetensors"]), Is.False);
        Assert.That(File.Exists(folder["run/log.jsonl"]), Is.False);
        foreach (string checkpoint in Directory.Exists(folder["run/checkpoints"]) ? Directory.GetFiles(folder["run/checkpoints"], "*.safetensors") : [])
        {
            var file = SafetensorsFile.Read(checkpoint);
            foreach (string name in file.Entries.Keys.Where(name => !name.EndsWith("tracked", StringComparison.Ordinal)))
                Assert.That(file.Floats(name).All(float.IsFinite), name);
        }

        CommandLine recorded = Train(folder["recorded"], [.. line, "--on-nonfinite", "record"]);
        Assert.That(recorded.Code, Is.EqualTo(ExitCode.Done), recorded.Error);
        Assert.That(recorded.Output, Does.StartWith("no epoch was finite, last test accuracy 0."));
        Assert.That(File.Exists(folder["recorded/best.safetensors"]), Is.False);
        CommandLine best = CommandLine.Run("evaluate", folder["recorded"], "--device", "cpu");
        Assert.That(best.Code, Is.EqualTo(ExitCode.DataMissing));
        Assert.That(best.Line, Does.EndWith("No epoch of the run was finite; '--weights last' takes those of its last."));
        Assert.That(Log(folder["recorded"]).Single().GetProperty("test_loss").GetString(), Is.EqualTo("NaN"));
    }

    [Test]
    public void An_epoch_that_is_not_finite_is_never_the_best()
    {
        EpochRecord[] epochs =
        [
            Epoch.Of(1, 2, 0.1, 2, 0.1), Epoch.Of(2, 2, 0.1, 2, 0.2), Epoch.Of(3, 2, 0.1, 2, 0.2), Epoch.Of(4, 2, 0.1, double.NaN, 0.9), Epoch.Of(5, double.PositiveInfinity, 0.1, 2, 0.9),
        ];
        var config = new TrainingConfig { Architecture = "resnet18-skip-1222" };
        Assert.That(epochs.Best(config), Is.EqualTo(epochs[1]));
        Assert.That(epochs[3..].Best(config), Is.Null);
        TrainingConfig pruned = config with { Pruning = new PruningConfig { AfterEpoch = 2 } };
        Assert.That(epochs.Best(pruned), Is.EqualTo(epochs[2]));
        Assert.That(epochs[..2].Append(epochs[3]).ToArray().Best(pruned), Is.Null, "epochs before the masks are of another network");
        Assert.That(epochs[..3].AreAllOf(config), Is.False);
        Assert.That(epochs[..4].AreAllOf(config), "no later epoch could mend it");
    }

    [Test]
    public void A_run_that_was_refused_leaves_its_folder_to_a_better_one()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Train(folder["run"], "--batch", "100").Code, Is.EqualTo(ExitCode.Configuration), "there are not so many images");
        CommandLine second = Train(folder["run"], "--batch", "4");
        Assert.That(second.Code, Is.EqualTo(ExitCode.Done), second.Error);
    }

    [Test]
    public void A_run_that_another_process_trains_is_refused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["run"]);
        using (RunLock.Take(folder["run"]))
        {
            CommandLine second = Train(folder["run"]);
            Assert.That(second.Code, Is.EqualTo(ExitCode.NotWritable));
            Assert.That(second.Line, Does.StartWith($"gpupool: the run {folder["run"]} cannot be locked ("));
            Assert.That(second.Line, Does.EndWith("Wait until the other process has ended, or choose another folder for --run."));
        }
        Assert.That(Train(folder["run"], "--epochs", "1").Code, Is.EqualTo(ExitCode.Done));
    }

    private static CommandLine Train(string folder, params string[] more)
    {
        List<string> line = [.. Tiny];
        for (int index = 0; index < more.Length; index++)
        {
            // A later value takes the place of that in the common line.
            int at = line.IndexOf(more[index]);
            if (at >= 0)
                line.RemoveRange(at, 2);
        }
        return CommandLine.Run([.. line, .. more, "--run", folder]);
    }

    private static byte[] Weights(string folder) => File.ReadAllBytes(Path.Combine(folder, "last.safetensors"));

    private static JsonElement[] Log(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
}
