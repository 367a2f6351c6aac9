using GpuPool.Experiments;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Tests.Experiments;

public sealed class CliTests
{
    [Test]
    public void Help_goes_to_standard_output()
    {
        CommandLine run = CommandLine.Run("--help");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Output, Does.Contain("devices"));
        Assert.That(run.Output, Does.Not.Contain("probe"), "hidden");
        Assert.That(run.Error, Is.Empty);
    }

    [TestCase("", "gpupool: a command is missing. Known commands: ")]
    [TestCase("device", "gpupool: unknown command 'device'. Did you mean 'devices'? Known commands: ")]
    [TestCase("devices --jsno", "gpupool: unknown option '--jsno'. Did you mean '--json'? Known options: ")]
    [TestCase("devices now", "gpupool: 'now' is one argument too many for 'devices'. 'gpupool devices --help' shows what it takes.")]
    [TestCase("train resnet18-skip-1222 --run --resume", "gpupool: --run has no value, as '--resume' is an option. Give one before '--resume'.")]
    [TestCase("train resnet18-skip-1222 --run --resme", "gpupool: --run has no value, as '--resme' is an option.")]
    [TestCase("report --results --out x", "gpupool: --results has no value, as '--out' is an option.")]
    [TestCase("reproduce table2 --rows --preset smoke", "gpupool: --rows has no value, as '--preset' is an option.")]
    [TestCase("train resnet18-skip-1222 --run r --epochs --resume", "gpupool: --epochs has no value, as '--resume' is an option.")]
    [TestCase("evaluate --jsno", "gpupool: unknown option '--jsno'. Did you mean '--json'? Known options: ")]
    [TestCase("parity a --jsno", "gpupool: unknown option '--jsno'. Did you mean '--json'?")]
    [TestCase("train resnet18-skip-1222 --run a --run b", "gpupool: Option '--run' expects a single argument but 2 were provided.")]
    [TestCase("reproduce table2 --preset smoke --preset quick", "gpupool: Option '--preset' expects a single argument but 2 were provided.")]
    [TestCase("profile resnet18-skip-1222 --size 32 --size 64", "gpupool: Option '--size' expects a single argument but 2 were provided.")]
    [TestCase("train mobilenet_v2-skip-1222121 --run r --width 0,5", "gpupool: --width '0,5' is not a number of at least 0.01. Write decimals with a dot: --width 0.5.")]
    [TestCase("train mobilenet_v2-skip-1222121 --run r --lr 0,01", "gpupool: --lr '0,01' is not a number of at least 0. Write decimals with a dot: --lr 0.01.")]
    [TestCase("train mobilenet_v2-skip-1222121 --run r --epochs 1,000", "gpupool: --epochs '1,000' is not a whole number of at least 1. Give one, for example --epochs 300.")]
    [TestCase("reproduce table2 --seeds 0,00", "gpupool: --seeds '0,00' is not a list of different whole numbers of at least 0. Give one such as --seeds 0.")]
    [TestCase("reproduce table2 --seeds 0 --seeds 0", "gpupool: --seeds '0,0' is not a list of different whole numbers")]
    public void Wrong_usage_is_one_line_that_names_what_is_known(string line, string start)
    {
        CommandLine run = CommandLine.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.StartWith(start));
        Assert.That(run.Error.TrimEnd('\n'), Does.Not.Contain("\n"));
        Assert.That(run.Output, Is.Empty);
    }

    [TestCase("gpupool: --run has an empty value. 'gpupool train --help' shows what it takes.", "train", "resnet18-skip-1222", "--run", "")]
    [TestCase("gpupool: --out has an empty value.", "reproduce", "table2", "--out", "", "--dry-run")]
    [TestCase("gpupool: --collect has an empty value.", "reproduce", "table2", "--collect", "a", "")]
    [TestCase("gpupool: ARCHITECTURE is empty. 'gpupool train --help' shows what it takes.", "train", "", "--run", "r")]
    [TestCase("gpupool: FILE is empty.", "parity", "a", "")]
    [TestCase("gpupool: DIR is empty. 'gpupool data synth --help' shows what it takes.", "data", "synth", "")]
    public void An_empty_value_is_wrong_usage(string start, params string[] args)
    {
        CommandLine run = CommandLine.Run(args);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Usage), run.Error);
        Assert.That(run.Error, Does.StartWith(start));
    }

    private static readonly TestCaseData[] Failures =
    [
        new(new GpuPoolException(ExitCode.DataMissing, "no data", "Get some."), ExitCode.DataMissing, "no data. Get some."),
        new(new AggregateException(new GpuPoolException(ExitCode.DataCorrupt, "bad", "Mend it.")), ExitCode.DataCorrupt, "bad. Mend it."),
        new(new OperationCanceledException(), ExitCode.Interrupted,
            "interrupted. Give the same command again; 'train' and 'prune' with --resume, and 'reproduce', go on from what is saved."),
        new(new InsufficientMemoryException("no room"), ExitCode.OutOfMemory, "no room. Use a smaller --batch or --size, or a device with more memory."),
        new(new DeviceMemoryException(3L << 20, 1L << 20, 2L << 20), ExitCode.OutOfMemory,
            "out of device memory: 3 MiB asked for, 1 MiB of 2 MiB in use. Use a smaller --batch or --size, or a device with more memory."),
        new(new IOException("No space left on device : '/x'"), ExitCode.NotWritable,
            "No space left on device : '/x'. Check that the place can be read and written to and has space left."),
        new(new UnauthorizedAccessException("Access to the path '/x' is denied."), ExitCode.NotWritable,
            "Access to the path '/x' is denied. Check that the place can be read and written to and has space left."),
        new(new NotSupportedException("Gaussian pooling is not built yet."), ExitCode.Configuration,
            "Gaussian pooling is not built yet. Choose something that is built; the README lists it."),
        new(new ShapeException("MaxPool2d: x is too small.") { Fault = ShapeFault.TooSmall }, ExitCode.Configuration,
            "MaxPool2d: x is too small. Use a larger --size or smaller strides."),
        new(new ShapeException("BatchNorm: x has one value.") { Fault = ShapeFault.TooFewValues }, ExitCode.Configuration,
            "BatchNorm: x has one value. Use a --batch of at least 2."),
        new(new ShapeException("PositionEmbedding: x is too large.") { Fault = ShapeFault.TooManyCells }, ExitCode.Configuration,
            "PositionEmbedding: x is too large. Use a smaller --size, or larger patches, as of nlp_reduced."),
        new(new ShapeException("Shape: too many elements.") { Fault = ShapeFault.TooLarge }, ExitCode.OutOfMemory,
            "Shape: too many elements. Use a smaller --batch or --size, or a device with more memory."),
        new(new ShapeException("Concat: input 1 has other extents."), ExitCode.Configuration,
            "Concat: input 1 has other extents. Use an architecture and data that fit together."),
        new(new WeightsException("w", "2 are missing"), ExitCode.DataCorrupt,
            "the weights 'w' do not fit: 2 are missing. Give the weights of this architecture, width and number of classes."),
    ];

    [TestCaseSource(nameof(Failures))]
    public void Every_exception_has_a_code_a_cause_and_a_remedy(Exception exception, ExitCode code, string message)
    {
        GpuPoolException failure = Failure.Of(exception);
        Assert.That(failure.Code, Is.EqualTo(code));
        Assert.That(failure.Message, Is.EqualTo(message));
    }

    [Test]
    public void An_unforeseen_exception_leaves_its_details_in_a_file()
    {
        GpuPoolException failure = Failure.Of(new InvalidOperationException("a defect"));
        Assert.That(failure.Code, Is.EqualTo(ExitCode.Internal));
        Assert.That(failure.Message, Does.StartWith("internal error: InvalidOperationException: a defect. Please report it with the details in "));
        string log = failure.Remedy.Split(' ')[^1].TrimEnd('.');
        Assert.That(File.ReadAllText(log), Does.Contain("a defect"));
        File.Delete(log);
    }
}
