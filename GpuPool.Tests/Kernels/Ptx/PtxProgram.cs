using System.Globalization;
using System.Text.RegularExpressions;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>A kernel as a machine runs it, read from its text. All values are in registers of 64 bits, of which those of 32 use the lower half.</summary>
internal sealed partial class PtxProgram
{
    /// <summary>The first registers: the place of a thread in its group, the extents of the group, its place in the grid, the extents of that; x, y, z of each.</summary>
    public const int ThreadPlace = 0, GroupExtent = 3, GroupPlace = 6, GridExtent = 9;

    private static readonly string[] s_places = [.. from name in new[] { "%tid", "%ntid", "%ctaid", "%nctaid" } from axis in "xyz" select $"{name}.{axis}"];

    private readonly Dictionary<string, int> _registers = [];
    private readonly Dictionary<string, int> _parameters = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly Dictionary<int, ulong> _constants = [];
    private readonly Dictionary<int, int> _shared = [];

    /// <summary>Reads the text of a kernel.</summary>
    /// <exception cref="NotSupportedException">It has an instruction that is not in <see cref="PtxCode"/>.</exception>
    public PtxProgram(string text)
    {
        text = Vector().Replace(text, Scalars);
        foreach (string place in s_places)
            Register(place);
        foreach (Match parameter in Parameter().Matches(text))
            (LastParameter, ParameterBytes) = Place(_parameters, parameter.Groups["name"].Value, parameter, ParameterBytes);
        foreach (Match variable in SharedVariable().Matches(text))
            (_, SharedBytes) = Place(_shared, Register(variable.Groups["name"].Value), variable, SharedBytes);
        Match[] lines = Line().Matches(text[text.IndexOf("\n{", StringComparison.Ordinal)..]).ToArray();
        int count = 0;
        foreach (Match line in lines)
        {
            if (line.Groups["label"].Success)
                _labels[line.Groups["label"].Value] = count;
            else
                count++;
        }
        Instructions = [.. lines.Where(line => !line.Groups["label"].Success).Select(Read)];
    }

    public PtxInstruction[] Instructions { get; }

    public IReadOnlyDictionary<int, ulong> Constants => _constants;

    /// <summary>Registers that hold the address of a variable in the memory of the group, with its place there.</summary>
    public IReadOnlyDictionary<int, int> SharedVariables => _shared;

    /// <summary>Numbers of the instructions that a branch leads to.</summary>
    public IEnumerable<int> Targets => _labels.Values;

    public int RegisterCount => _registers.Count;

    public int ParameterBytes { get; }

    /// <summary>Where the last parameter begins.</summary>
    public int LastParameter { get; }

    public int SharedBytes { get; }

    private PtxInstruction Read(Match line)
    {
        string name = line.Groups["name"].Value;
        if (!Enum.TryParse(name.Replace(".global", "", StringComparison.Ordinal).Replace(".shared", "", StringComparison.Ordinal).Replace(".uni", "", StringComparison.Ordinal)
            .Replace('.', '_'), out PtxCode code))
            throw new NotSupportedException($"PTX instruction {line.Value.Trim()}");
        string guard = line.Groups["guard"].Value;
        string[] operands = line.Groups["operands"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (code is PtxCode.bra or PtxCode.ret)
        {
            return new PtxInstruction(code, operands.Length > 0 ? _labels[operands[0]] : 0, guard.Length > 0 ? Register(guard.TrimStart('@', '!')) : Register("1"),
                guard.StartsWith("@!", StringComparison.Ordinal) ? 0 : 1, 0, 0);
        }
        if (guard.Length > 0)
            throw new NotSupportedException($"PTX instruction with a guard {line.Value.Trim()}");
        if (code == PtxCode.bar_sync)
            return new PtxInstruction(code, 0, 0, 0, 0, 0);
        int[] slots = [0, 0, 0, 0];
        int offset = 0;
        for (int index = 0; index < operands.Length; index++)
        {
            Match address = Address().Match(operands[index]);
            if (!address.Success)
            {
                slots[index] = Register(operands[index]);
                continue;
            }
            string place = address.Groups["base"].Value;
            offset = address.Groups["offset"].Success ? int.Parse(address.Groups["offset"].Value, CultureInfo.InvariantCulture) : 0;
            if (_parameters.TryGetValue(place, out int start))
                offset += start;
            else
                slots[index] = Register(place);
        }
        return new PtxInstruction(code, slots[0], slots[1], slots[2], slots[3], offset);
    }

    // A load or store of a vector is one of each of its elements.
    private static string Scalars(Match vector)
    {
        string[] elements = vector.Groups["elements"].Value.Split(',', StringSplitOptions.TrimEntries);
        int offset = vector.Groups["offset"].Success ? int.Parse(vector.Groups["offset"].Value, CultureInfo.InvariantCulture) : 0;
        int bytes = int.Parse(vector.Groups["bits"].Value, CultureInfo.InvariantCulture) / 8;
        string name = $"{vector.Groups["name"].Value}.{vector.Groups["kind"].Value}{vector.Groups["bits"].Value}";
        return string.Concat(elements.Select((element, index) =>
        {
            string place = $"[{vector.Groups["base"].Value}+{offset + index * bytes}]";
            return vector.Groups["name"].Value.StartsWith("ld", StringComparison.Ordinal) ? $"\t{name}\t{element}, {place};\n" : $"\t{name}\t{place}, {element};\n";
        }));
    }

    private int Register(string name)
    {
        if (_registers.TryGetValue(name, out int register))
            return register;
        register = _registers[name] = _registers.Count;
        if (name.StartsWith("0f", StringComparison.Ordinal) || name.StartsWith("0d", StringComparison.Ordinal))
            _constants[register] = ulong.Parse(name.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        else if (char.IsDigit(name[0]) || name[0] == '-')
            _constants[register] = name[0] == '-' ? (ulong)long.Parse(name, CultureInfo.InvariantCulture) : ulong.Parse(name, CultureInfo.InvariantCulture);
        return register;
    }

    /// <summary>Places a variable behind others, and returns where it begins and ends.</summary>
    private static (int Start, int End) Place<K>(Dictionary<K, int> places, K key, Match variable, int end) where K : notnull
    {
        int bytes = variable.Groups["count"].Success ? Number("count") : Number("bits") / 8, align = variable.Groups["align"].Success ? Number("align") : bytes;
        int start = places[key] = (end + align - 1) / align * align;
        return (start, start + bytes);

        int Number(string group) => int.Parse(variable.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\.param (\.align (?<align>\d+) )?\.b(?<bits>\d+) (?<name>\w+)(\[(?<count>\d+)\])?")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\s+(?<name>(ld|st)(\.global|\.shared)?)\.v[24]\.(?<kind>[bfsu])(?<bits>\d+)\s+(\{(?<elements>[^}]*)\}, )?"
        + @"\[(?<base>[%\w]+)(\+(?<offset>\d+))?\](, \{(?<elements>[^}]*)\})?;\n", RegexOptions.Multiline)]
    private static partial Regex Vector();

    [GeneratedRegex(@"\.shared (\.align (?<align>\d+) )?\.b(?<bits>\d+) (?<name>\w+)(\[(?<count>\d+)\])?;")]
    private static partial Regex SharedVariable();

    [GeneratedRegex(@"^\s+((?<label>\w+):|((?<guard>@!?%\w+) )?(?<name>[a-z][\w.]*)(\s+(?<operands>[^;]*))?;)", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"^\[(?<base>[%\w]+)(\+(?<offset>\d+))?\]$")]
    private static partial Regex Address();
}
