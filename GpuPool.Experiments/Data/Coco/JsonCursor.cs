using System.Text.Json;

namespace GpuPool.Experiments.Data.Coco;

/// <summary>Goes through the tokens of a JSON file of any length, of which it holds one piece at a time, and knows at which byte each stands.</summary>
/// <remarks>Errors: <see cref="ExitCode.DataCorrupt"/> with the byte at which the file stops being JSON.</remarks>
internal sealed class JsonCursor : IDisposable
{
    private const int FirstBytes = 1 << 16, MostBytes = 1 << 24;

    private readonly string _path;
    private readonly FileStream _file;
    private byte[] _piece = new byte[FirstBytes];
    private int _start, _end, _depth;
    private long _offset;
    private bool _isLast;
    private JsonReaderState _state;

    public JsonCursor(string path) => (_path, _file) = (path, DataFile.Length(path) > 0 ? DataFile.Guard(path, () => File.OpenRead(path)) : throw NotJson(path, 0));

    /// <summary>What the current token is.</summary>
    public JsonTokenType Type { get; private set; }

    /// <summary>Where it begins, in bytes from the beginning of the file.</summary>
    public long Offset { get; private set; }

    /// <summary>Text of a string or of a property's name.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Value of a number; NaN where it is too large.</summary>
    public double Number { get; private set; }

    /// <summary>Value of a whole number of 64 bits; else null.</summary>
    public long? Integer { get; private set; }

    /// <summary>Goes to the next token; false behind the last.</summary>
    public bool Read() => Advance(int.MaxValue);

    /// <summary>Goes from the first token of a list or object to its last; another value is one token.</summary>
    public void Skip()
    {
        if (Type is JsonTokenType.StartArray or JsonTokenType.StartObject)
            Advance(_depth);
    }

    public void Dispose() => _file.Dispose();

    private static GpuPoolException NotJson(string path, long offset) => DataFile.Corrupt(path, "the file is not JSON from here on", offset);

    // To the next token that is not deeper than this.
    private bool Advance(int depth)
    {
        while (true)
        {
            var reader = new Utf8JsonReader(_piece.AsSpan(_start, _end - _start), _isLast, _state);
            bool found;
            try
            {
                do
                    found = reader.Read();
                while (found && reader.CurrentDepth > depth);
                if (found)
                    Take(ref reader);
            }
            // The reader reports wrong syntax by the first and wrong UTF-8 by the second.
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                throw NotJson(_path, _offset + _start + reader.BytesConsumed);
            }
            _start += (int)reader.BytesConsumed;
            _state = reader.CurrentState;
            if (found || _isLast)
                return found;
            Fill();
        }
    }

    private void Take(ref Utf8JsonReader reader)
    {
        (Type, _depth, Offset) = (reader.TokenType, reader.CurrentDepth, _offset + _start + reader.TokenStartIndex);
        if (Type is JsonTokenType.String or JsonTokenType.PropertyName)
            Text = reader.GetString()!;
        if (Type == JsonTokenType.Number)
        {
            Number = reader.TryGetDouble(out double number) && double.IsFinite(number) ? number : double.NaN;
            Integer = reader.TryGetInt64(out long integer) ? integer : null;
        }
    }

    // What is left of the piece moves to its front; a token that fills the whole piece gets a longer one.
    private void Fill()
    {
        int left = _end - _start;
        if (left == MostBytes)
            throw DataFile.Corrupt(_path, $"a single value has more than {MostBytes} bytes", _offset + _start);
        byte[] next = left == _piece.Length ? new byte[2 * left] : _piece;
        Buffer.BlockCopy(_piece, _start, next, 0, left);
        (_piece, _start, _offset) = (next, 0, _offset + _start);
        int read = DataFile.Guard(_path, () => _file.Read(_piece, left, _piece.Length - left));
        (_end, _isLast) = (left + read, read == 0);
    }
}
