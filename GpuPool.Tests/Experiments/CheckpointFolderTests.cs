using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Experiments;

public sealed class CheckpointFolderTests
{
    [Test]
    public void The_two_newest_are_kept_and_the_newest_is_loaded()
    {
        using var folder = new TemporaryFolder();
        for (int step = 1; step <= 5; step++)
            Save(new CheckpointFolder(folder.Path, Disk.Instance), step, afterLoad: step > 1);
        Assert.That(Directory.GetFiles(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(
            new[] { "000004.json", "000004.safetensors", "000005.json", "000005.safetensors" }));
        Assert.That(Load(folder.Path, out string[] warnings), Is.EqualTo(5));
        Assert.That(warnings, Is.Empty);
    }

    [Test]
    public void Every_number_of_a_checkpoint_is_read_back()
    {
        using var folder = new TemporaryFolder();
        Checkpoint saved = Example(7) with { State = new TrainingState(3, 7, new Means(56, new Measures(new("loss", double.NaN), new("accuracy", 11))), 0.1, 1L << 40), OptimizerSteps = 19 };
        new CheckpointFolder(folder.Path, Disk.Instance).Save(saved, Tensors(7));
        (Checkpoint read, _) = new CheckpointFolder(folder.Path, Disk.Instance).Load(Assert.Fail)!.Value;
        Assert.That(read.Epochs, Is.EqualTo(saved.Epochs));
        Assert.That(read with { Epochs = saved.Epochs }, Is.EqualTo(saved));
    }

    [Test]
    public void Where_nothing_was_saved_there_is_no_checkpoint() =>
        Assert.That(new CheckpointFolder("/nowhere", Disk.Instance).Load(Assert.Fail), Is.Null);

    [Test]
    public void When_all_are_damaged_the_training_does_not_start_anew_in_silence()
    {
        using var folder = new TemporaryFolder();
        Save(new CheckpointFolder(folder.Path, Disk.Instance), 1);
        File.WriteAllText(folder["000001.json"], "{}");
        Assert.That(() => Load(folder.Path, out _), Throws.TypeOf<GpuPoolException>().With.Property("Code").EqualTo(ExitCode.DataCorrupt)
            .And.Message.EqualTo($"all checkpoints in {folder.Path} are damaged. Remove this folder to train again from the start."));
    }

    [Test]
    public void A_damaged_checkpoint_never_takes_the_place_of_a_sound_one()
    {
        using var folder = new TemporaryFolder();
        var checkpoints = new CheckpointFolder(folder.Path, Disk.Instance);
        Save(checkpoints, 1);
        Save(checkpoints, 2);
        File.Delete(folder["000002.safetensors"]);
        Save(new CheckpointFolder(folder.Path, Disk.Instance), 3, afterLoad: true);
        File.WriteAllText(folder["000003.json"], "");
        Assert.That(Load(folder.Path, out string[] warnings), Is.EqualTo(1));
        Assert.That(warnings, Has.Length.EqualTo(1).And.One.EndsWith("000003.json is not as it was written; going back to the checkpoint before it"));
    }

    [TestCase(200)]
    [TestCase(2000, Category = "Nightly")]
    public void Every_flipped_bit_is_detected(int flips)
    {
        using var folder = new TemporaryFolder();
        var checkpoints = new CheckpointFolder(folder.Path, Disk.Instance);
        Save(checkpoints, 1);
        Save(checkpoints, 2);
        var random = new Random(flips);
        for (int flip = 0; flip < flips; flip++)
        {
            string file = folder[flip % 2 == 0 ? "000002.json" : "000002.safetensors"];
            byte[] sound = File.ReadAllBytes(file), damaged = [.. sound];
            int bit = random.Next(8 * sound.Length);
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            File.WriteAllBytes(file, damaged);
            Assert.That(Load(folder.Path, out string[] warnings), Is.EqualTo(1), $"bit {bit} of {file}");
            Assert.That(warnings, Has.Length.EqualTo(1));
            File.WriteAllBytes(file, sound);
        }
        Assert.That(Load(folder.Path, out _), Is.EqualTo(2));
    }

    // A save makes about 65 calls: each of them fails in each way, with none to three checkpoints before.
    [Test]
    public void Whatever_call_of_a_thousand_fails_the_last_good_checkpoint_loads_and_the_next_is_saved()
    {
        int faults = 0;
        for (int before = 0; before <= 3; before++)
        {
            foreach (DiskFault fault in Enum.GetValues<DiskFault>())
            {
                for (int call = 1; Fails(before, fault, call); call++)
                    faults++;
            }
        }
        TestContext.Out.WriteLine($"{faults} faults");
        Assert.That(faults, Is.GreaterThanOrEqualTo(1000));
    }

    // Whether the save has so many calls.
    private static bool Fails(int before, DiskFault fault, int call)
    {
        using var folder = new TemporaryFolder();
        // No call of this one fails: it only saves the time of flushing.
        var checkpoints = new CheckpointFolder(folder.Path, new FaultyDisk(int.MaxValue, DiskFault.Error));
        for (int step = 1; step <= before; step++)
            Save(checkpoints, step);
        var disk = new FaultyDisk(call, fault);
        var failing = new CheckpointFolder(folder.Path, disk);
        failing.Load(Assert.Fail);
        try
        {
            Save(failing, before + 1);
        }
        catch (IOException)
        {
        }
        Assert.That(Load(folder.Path, out string[] warnings), Is.EqualTo(before).Or.EqualTo(before + 1), $"{fault} at call {call} after {before}");
        Assert.That(warnings, Is.Empty, $"{fault} at call {call} after {before}: half a checkpoint has no name");
        Save(new CheckpointFolder(folder.Path, new FaultyDisk(int.MaxValue, DiskFault.Error)), before + 2, afterLoad: true);
        Assert.That(Load(folder.Path, out _), Is.EqualTo(before + 2));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.InRange(0, 4));
        return disk.HasFailed;
    }

    private static void Save(CheckpointFolder folder, int step, bool afterLoad = false)
    {
        if (afterLoad)
            folder.Load(_ => { });
        folder.Save(Example(step), Tensors(step));
    }

    // The step of the newest sound checkpoint, 0 if there is none, with its tensors checked.
    private static int Load(string path, out string[] warnings)
    {
        List<string> told = [];
        (Checkpoint Checkpoint, SafetensorsFile Tensors)? found = new CheckpointFolder(path, Disk.Instance).Load(told.Add);
        warnings = [.. told];
        int step = found?.Checkpoint.State.Step ?? 0;
        if (found is { } sound)
            Assert.That(sound.Tensors.Floats("0"), Is.EqualTo(new float[] { step, -step, 0.1f }));
        return step;
    }

    private static Checkpoint Example(int step) => new()
    {
        Revision = "0.1.0",
        Config = new TrainingConfig { Architecture = "resnet18-skip-1222" },
        Data = new DataExtents(24, 10, 10),
        State = TrainingState.Start with { Step = step },
        OptimizerSteps = step,
        Epochs = [Epoch.Of(1, 2.3, 0.1, double.NaN, 0.2)],
    };

    private static IEnumerable<SafetensorsTensor> Tensors(int step) =>
        Enumerable.Range(0, 52).Select(index => new SafetensorsTensor($"{index}", new Shape(3), [step, -step, 0.1f]));
}
