using System.Globalization;
using System.Reflection;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments;

/// <summary>Says of every exception what it means to the user.</summary>
internal static class Failure
{
    private const string SmallerBatch = "Use a smaller --batch or --size";

    public static GpuPoolException Of(Exception exception) => exception switch
    {
        GpuPoolException known => known,
        AggregateException or TargetInvocationException when exception.InnerException is { } inner => Of(inner),
        OperationCanceledException => New(
            ExitCode.Interrupted, "interrupted", "Everything finished so far is saved: give the same command again to go on, 'train' with --resume"),
        ArchitectureException => New(ExitCode.Usage, exception.Message, "'gpupool train --help' explains the labels"),
        SafetensorsException or WeightsException => New(ExitCode.DataCorrupt, exception.Message, "Give the file of this network, or fetch it again"),
        DeviceNotFoundException => New(ExitCode.NoDevice, exception.Message, "'gpupool devices' shows what is there; --device cpu always works"),
        KernelBuildException => New(ExitCode.NoDevice, exception.Message, "Update the device's driver, or use --device cpu"),
        DeviceMemoryException or OutOfMemoryException => New(ExitCode.OutOfMemory, exception.Message, SmallerBatch),
        ShapeException { IsTooLarge: true } => New(ExitCode.OutOfMemory, exception.Message, SmallerBatch),
        ShapeException => New(ExitCode.Configuration, exception.Message, "Use a larger --size or smaller strides"),
        NotSupportedException => New(ExitCode.Configuration, exception.Message, "Choose something that is built; the README lists it"),
        FileNotFoundException or DirectoryNotFoundException => New(ExitCode.DataMissing, exception.Message, "Check the path"),
        UnauthorizedAccessException or IOException => New(ExitCode.NotWritable, exception.Message, "Choose a folder that can be written to and has space left"),
        _ => Unforeseen(exception),
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
