using System.Globalization;
using System.Reflection;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Export;
using GpuPool.Models.PyTorch;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments;

/// <summary>Says of every exception what it means to the user.</summary>
internal static class Failure
{
    private const string LessMemory = "Use a smaller --batch or --size, or a device with more memory";

    /// <summary>Says it in one line.</summary>
    /// <returns>The exit code.</returns>
    public static int Say(Exception exception, TextWriter error, string who = "gpupool")
    {
        GpuPoolException failure = Of(exception);
        error.WriteLine($"{who}: {failure.Message.ReplaceLineEndings(" ")}");
        return (int)failure.Code;
    }

    public static GpuPoolException Of(Exception exception) => exception switch
    {
        GpuPoolException known => known,
        AggregateException or TargetInvocationException when exception.InnerException is { } inner => Of(inner),
        OperationCanceledException => New(
            ExitCode.Interrupted, "interrupted", "Give the same command again; 'train' and 'prune' with --resume, and 'reproduce', go on from what is saved"),
        ArchitectureException => New(ExitCode.Usage, exception.Message, "'gpupool train --help' explains the labels"),
        SafetensorsException => New(ExitCode.DataCorrupt, exception.Message, "Fetch or make the file again"),
        PyTorchException => New(ExitCode.DataCorrupt, exception.Message, "Fetch the file again, or save the tensors alone, as 'torch.save(model.state_dict(), FILE)' does"),
        OnnxException onnx => New(ExitCode.Configuration, onnx.Message, onnx.InnerException is ShapeException inner ? Remedy(inner.Fault) : "Export another network, or this one in evaluation"),
        WeightsException => New(ExitCode.DataCorrupt, exception.Message, "Give the weights of this architecture, width and number of classes"),
        DeviceNotFoundException => New(ExitCode.NoDevice, exception.Message, "'gpupool devices' shows what is there; --device cpu always works"),
        DeviceFailedException => New(
            ExitCode.NoDevice, exception.Message, "'train' and 'prune' with --resume, and 'reproduce', go on from what is saved, on another --device, too, with other rounding errors"),
        KernelBuildException => New(ExitCode.NoDevice, exception.Message, "Update the device's driver, or use --device cpu"),
        _ when IsOutOfMemory(exception) => New(ExitCode.OutOfMemory, exception.Message, LessMemory),
        ShapeException shape => New(ExitCode.Configuration, exception.Message, Remedy(shape.Fault)),
        NotSupportedException => New(ExitCode.Configuration, exception.Message, "Choose something that is built; the README lists it"),
        FileNotFoundException or DirectoryNotFoundException => New(ExitCode.DataMissing, exception.Message, "Check the path"),
        UnauthorizedAccessException or IOException => New(ExitCode.NotWritable, exception.Message, "Check that the place can be read and written to and has space left"),
        _ => Unforeseen(exception),
    };

    /// <summary>Whether memory is what lacks.</summary>
    public static bool IsOutOfMemory(Exception exception) => exception
        is DeviceMemoryException or OutOfMemoryException or ShapeException { Fault: ShapeFault.TooLarge } or GpuPoolException { Code: ExitCode.OutOfMemory };

    private static string Remedy(ShapeFault fault) => fault switch
    {
        ShapeFault.TooSmall => "Use a larger --size or smaller strides",
        ShapeFault.TooFewValues => "Use a --batch of at least 2",
        ShapeFault.TooManyCells => "Use a smaller --size, or larger patches, as of nlp_reduced",
        _ => "Use an architecture and data that fit together",
    };

    private static GpuPoolException New(ExitCode code, string cause, string remedy) => new(code, cause.TrimEnd('.'), remedy + '.');

    private static GpuPoolException Unforeseen(Exception exception)
    {
        string log = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"gpupool-{Environment.ProcessId}.log"));
        string details = $" with the details in {log}";
        try
        {
            File.WriteAllText(log, exception.ToString());
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            details = "";
        }
        return New(ExitCode.Internal, $"internal error: {exception.GetType().Name}: {exception.Message}", "Please report it" + details);
    }
}
