using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace GpuPool.Experiments;

/// <summary>Says in one line what is wrong with a command line, and which names are known.</summary>
internal static class UsageError
{
    // More changed letters than this, and a suggestion is more puzzling than helpful.
    private const int MostEdits = 3;

    /// <summary>What is wrong with a command line; null where nothing is.</summary>
    public static GpuPoolException? In(ParseResult parsed)
    {
        bool isParsed = parsed.Action is not ParseErrorAction;
        return (isParsed && parsed.Action != parsed.CommandResult.Command.Action ? null : Misread(parsed)) ?? (isParsed ? null : Of(parsed));
    }

    private static GpuPoolException Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.Count > 0)
            return Unknown(command, parsed.UnmatchedTokens[0]);
        string message = parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.');
        if (command.Subcommands.Count > 0)
            return new GpuPoolException(ExitCode.Usage, "a command is missing", Known("commands", CommandNames(command)));
        int remedy = message.IndexOf(". ", StringComparison.Ordinal);
        return remedy < 0
            ? new GpuPoolException(ExitCode.Usage, message, Help(command))
            : new GpuPoolException(ExitCode.Usage, message[..remedy], message[(remedy + 2)..] + '.');
    }

    // An option, or nothing, where a value or an argument should be; the parser takes it for one, and blames what follows.
    private static GpuPoolException? Misread(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        foreach (OptionResult result in parsed.CommandResult.Children.OfType<OptionResult>())
        {
            if (result.Tokens.FirstOrDefault(IsOption) is { } token)
                return new GpuPoolException(ExitCode.Usage, $"{result.Option.Name} has no value, as '{token.Value}' is an option", $"Give one before '{token.Value}'.");
            if (result.Tokens.Any(IsEmpty))
                return new GpuPoolException(ExitCode.Usage, $"{result.Option.Name} has an empty value", Help(command));
        }
        if (parsed.CommandResult.Children.OfType<ArgumentResult>().FirstOrDefault(argument => argument.Tokens.Any(IsEmpty)) is { } empty)
            return new GpuPoolException(ExitCode.Usage, $"{empty.Argument.Name} is empty", Help(command));
        return parsed.Tokens.All(token => token.Type != TokenType.DoubleDash)
            && parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).FirstOrDefault(IsOption) is { } unknown
            ? Unknown(command, unknown.Value) : null;
    }

    /// <summary>For a name that is none of those known: the nearest, if one is near, and all of them.</summary>
    public static string Known(string kind, IReadOnlyCollection<string> names, string? given = null)
    {
        string? nearest = given is null ? null : names.MinBy(name => Edits(given, name));
        string suggestion = nearest is not null && Edits(given!, nearest) <= Math.Min(MostEdits, given!.Length / 2) ? $"Did you mean '{nearest}'? " : "";
        return $"{suggestion}Known {kind}: {string.Join(", ", names)}.";
    }

    private static GpuPoolException Unknown(Command command, string token)
    {
        if (token.StartsWith('-'))
        {
            string[] options = [.. command.Options.Where(option => !option.Hidden).Select(option => option.Name)];
            return new GpuPoolException(ExitCode.Usage, $"unknown option '{token}'", Known("options", options, token));
        }
        return command.Subcommands.Count > 0
            ? new GpuPoolException(ExitCode.Usage, $"unknown command '{token}'", Known("commands", CommandNames(command), token))
            : new GpuPoolException(
                ExitCode.Usage, $"'{token}' is one argument too many for '{command.Name}'", Help(command));
    }

    // As an unset variable in quotation marks leaves it.
    private static bool IsEmpty(Token token) => token.Value.Length == 0;

    private static bool IsOption(Token token) => token.Value.StartsWith("--", StringComparison.Ordinal);

    private static string Help(Command command) => $"'gpupool {FullName(command)} --help' shows what it takes.";

    private static string FullName(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault(parent => parent is not RootCommand) is { } parent ? $"{FullName(parent)} {command.Name}" : command.Name;

    private static string[] CommandNames(Command command) => [.. command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name)];

    // Levenshtein distance, one row at a time.
    private static int Edits(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replace = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
