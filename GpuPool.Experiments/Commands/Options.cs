using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Commands;

/// <summary>Options whose values are checked while the command line is parsed, with messages in the program's own form.</summary>
internal static partial class Options
{
    /// <summary>The narrowest network that can be asked for.</summary>
    public const double LeastWidth = 0.01;

    private const double MostBytes = 1e15;

    [GeneratedRegex(@"^(?<number>[0-9]+(\.[0-9]+)?)(?<unit>[KM]?)B?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Size { get; }

    [GeneratedRegex(@"^[0-9]+,[0-9]+([KM]?B?)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DecimalComma { get; }

    /// <summary>A number of at least <paramref name="minimum"/>.</summary>
    public static Option<T> Number<T>(string name, T fallback, T minimum, string description) where T : INumber<T> => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => fallback,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (TryParse(text, minimum, out T value))
                return value;
            string remedy = !IsWhole<T>() && DecimalComma.IsMatch(text) ? WithDot(name, text) : $"Give one, for example {name} {fallback}";
            result.AddError($"{name} '{text}' is not a {Kind<T>()} of at least {minimum}. {remedy}");
            return fallback;
        },
    };

    /// <summary>A number of 0 to 1.</summary>
    public static Option<double> Share(string name, double fallback, string description)
    {
        Option<double> share = Number(name, fallback, 0, description);
        Func<ArgumentResult, double> parse = share.CustomParser!;
        share.CustomParser = result =>
        {
            double value = parse(result);
            if (value > 1)
                result.AddError(FormattableString.Invariant($"{name} '{result.Tokens[0].Value}' is more than 1. Give a share, for example {name} {fallback}"));
            return value;
        };
        return share;
    }

    /// <summary>Different numbers of at least <paramref name="minimum"/>, with commas between them or each with the option before it.</summary>
    public static Option<T[]> Numbers<T>(string name, T[] fallback, T minimum, string description) where T : INumber<T> => new(name)
    {
        Description = description,
        HelpName = "N,N,...",
        DefaultValueFactory = _ => fallback,
        CustomParser = result =>
        {
            string text = string.Join(',', result.Tokens.Select(token => token.Value));
            List<T> numbers = [];
            // Different texts such as 0 and 00 are one number.
            if (text.Split(',').All(part => TryParse(part, minimum, out T number) && Add(numbers, number)))
                return [.. numbers];
            bool isOneNumber = !IsWhole<T>() && text.StartsWith("0,", StringComparison.Ordinal) && DecimalComma.IsMatch(text);
            string remedy = isOneNumber ? WithDot(name, text) : $"Give one such as {name} {string.Join(',', fallback)}";
            result.AddError($"{name} '{text}' is not a list of different {Kind<T>()}s of at least {minimum}. {remedy}");
            return fallback;
        },
    };

    /// <summary>A size in memory, which must be given where there is no default: <c>262144</c>, <c>256KB</c> or <c>256K</c> (1,024 bytes each), <c>1MB</c>, in any case.</summary>
    public static Option<long> Bytes(string name, string description, long? fallback = null) => new(name)
    {
        Description = description,
        HelpName = "BYTES",
        Required = fallback is null,
        DefaultValueFactory = fallback is { } bytes ? _ => bytes : null,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            Match size = Size.Match(text);
            long unit = size.Groups["unit"].Value.ToUpperInvariant() switch { "K" => 1L << 10, "M" => 1L << 20, _ => 1 };
            if (double.TryParse(size.Groups["number"].Value, CultureInfo.InvariantCulture, out double number) && number * unit is >= 1 and <= MostBytes)
                return (long)(number * unit);
            string remedy = DecimalComma.IsMatch(text) ? WithDot(name, text) : $"Give bytes, or a number with KB (1,024 bytes) or MB, for example {name} 256KB";
            result.AddError($"{name} '{text}' is not a size. {remedy}");
            return 0;
        },
    };

    /// <summary>A number that may be left out.</summary>
    public static Option<int?> Count(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (TryParse(text, 1, out int value))
                return value;
            result.AddError($"{name} '{text}' is not a whole number of at least 1. Give one, or leave it out");
            return null;
        },
    };

    /// <summary>One of the names of an enumeration, in any case.</summary>
    public static Option<T> Choice<T>(string name, T fallback, string description) where T : struct, Enum => new(name)
    {
        Description = description,
        HelpName = string.Join('|', Names<T>()),
        DefaultValueFactory = _ => fallback,
        CustomParser = result => Parse<T>(name, result) ?? fallback,
    };

    /// <summary>As above, and it may be left out.</summary>
    public static Option<T?> Choice<T>(string name, string description) where T : struct, Enum => new(name)
    {
        Description = description,
        HelpName = string.Join('|', Names<T>()),
        CustomParser = result => Parse<T>(name, result),
    };

    /// <summary>Says that of some options only one can be given.</summary>
    public static void AddErrorUnlessAlone(CommandResult result, params IEnumerable<Option> options)
    {
        Option[] given = [.. options.Where(option => result.GetResult(option) is { Implicit: false })];
        if (given.Length > 1)
            result.AddError($"{given[0].Name} and {given[1].Name} do not go together. Leave one of them out");
    }

    /// <summary>Whether the result is printed as JSON.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print JSON on standard output, and nothing else there." };

    /// <summary>The label of an architecture.</summary>
    public static Argument<string> Architecture() => new("ARCHITECTURE")
    {
        Description = "[prepool-POOL-S-]BACKBONE-POOL-STRIDES, for example mobilenet_v2-nlp_headfix2-1222121 or resnet18-skip-1222.",
    };

    /// <summary>The label of an architecture, of a detector too.</summary>
    public static Argument<string> ArchitectureOrDetector() => new("ARCHITECTURE")
    {
        Description = $"{Architecture().Description} A detector has one of {string.Join(", ", DetectorFamily.All.Select(family => $"{family.Word}-"))} before it.",
    };

    /// <summary>What an option says, or where it is not given something else than its own default.</summary>
    public static T ValueOr<T>(this ParseResult parsed, Option<T> option, T otherwise) => parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option)! : otherwise;

    /// <summary>Whether a data set may have other classes than a run.</summary>
    public static Option<bool> AllowOtherClasses() => new("--allow-other-classes")
    {
        Description = "Go on where the classes of the data set have other names than those of the run, or another order.",
    };

    /// <summary>Names of classes with commas between them, <c>--classes</c>; null where none are given.</summary>
    public static Option<IReadOnlyList<string>?> Classes(string description) => new("--classes")
    {
        Description = description,
        HelpName = "NAME,NAME,...",
        CustomParser = result =>
        {
            try
            {
                return ClassList.Parse(string.Join(',', result.Tokens.Select(token => token.Value)));
            }
            catch (GpuPoolException exception)
            {
                result.AddError($"--classes {exception.Message}");
                return null;
            }
        },
    };

    /// <summary>Where to compute.</summary>
    public static Option<DeviceChoice> Device() => new("--device")
    {
        Description = "Where to compute. auto takes CUDA where it agrees with the processor and is faster, else the processor; cuda:1 is the second of its kind.",
        HelpName = string.Join('|', DeviceChoice.Words),
        DefaultValueFactory = _ => DeviceChoice.Auto,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!DeviceChoice.TryParse(text, out DeviceChoice choice))
                result.AddError($"unknown value '{text}' of --device. {UsageError.Known("values", [.. DeviceChoice.Words, "cuda:1"], text)}");
            return choice;
        },
    };

    /// <summary>What decodes image files.</summary>
    public static Option<DecoderChoice> Decoder() => Choice(
        "--decoder", default(DecoderChoice), "What decodes image files: skia, whose JPEG pixels are those of Pillow, or managed, which needs no native code.");

    /// <summary>Width multiplier.</summary>
    public static Option<double> Width() => Number("--width", 1.0, LeastWidth, "Factor of the numbers of channels; ResNet18 has 1 only.");

    /// <summary>Where training and test images come from.</summary>
    public static Option<string> Data() => new("--data")
    {
        Description = "Images: synthetic (generated), stl10:DIR (the binary files), folder:DIR (DIR/train/CLASS/*.jpg and DIR/val), shards:DIR (such a folder in archives, by 'data shard') "
            + "or vww:DIR (COCO's annotations and images, or DIR/train/person, DIR/train/no_person and DIR/val). For a detector: synthetic, coco:DIR or voc:DIR.",
        HelpName = "SOURCE",
        DefaultValueFactory = _ => DatasetSource.Synthetic.ToString(),
    };

    // Without the thousands separators that .NET takes by default: 0,5 would be 5.
    private static bool TryParse<T>(string text, T minimum, out T number) where T : INumber<T>
    {
        NumberStyles style = NumberStyles.AllowLeadingSign | (IsWhole<T>() ? 0 : NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent);
        bool isNumber = T.TryParse(text, style, CultureInfo.InvariantCulture, out T? parsed);
        number = isNumber ? parsed! : T.Zero;
        return isNumber && number >= minimum && T.IsFinite(number);
    }

    private static bool Add<T>(List<T> numbers, T number)
    {
        bool isNew = !numbers.Contains(number);
        numbers.Add(number);
        return isNew;
    }

    private static bool IsWhole<T>() where T : INumber<T> => T.IsZero(T.One / (T.One + T.One));

    private static string Kind<T>() where T : INumber<T> => IsWhole<T>() ? "whole number" : "number";

    private static string WithDot(string name, string text) => $"Write decimals with a dot: {name} {text.Replace(',', '.')}";

    private static T? Parse<T>(string name, ArgumentResult result) where T : struct, Enum
    {
        string text = result.Tokens[0].Value;
        int place = Array.FindIndex(Names<T>(), name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (place >= 0)
            return Enum.Parse<T>(Enum.GetNames<T>()[place]);
        result.AddError($"unknown value '{text}' of {name}. {UsageError.Known("values", Names<T>(), text)}");
        return null;
    }

    // As JSON has them, where that is a word that no identifier can be.
    private static string[] Names<T>() where T : struct, Enum =>
        [.. Enum.GetNames<T>().Select(value => typeof(T).GetField(value)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? value.ToLowerInvariant())];
}
