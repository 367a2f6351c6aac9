using GpuPool.Experiments.Storage;

namespace GpuPool.Tests.Experiments;

/// <summary>How a disk fails.</summary>
internal enum DiskFault
{
    /// <summary>One call fails; the later ones work.</summary>
    Error,

    /// <summary>One write stops after half of its bytes; other calls fail at once.</summary>
    ShortWrite,

    /// <summary>From one call on nothing can be made or written; renaming and deleting works.</summary>
    NoSpace,

    /// <summary>From one call on nothing works, and what was not flushed is lost: half of the file, or its new name.</summary>
    PowerFailure,
}

/// <summary>The disk of this machine, but it fails at a call. A flush is only remembered: that keeps the tests fast.</summary>
/// <param name="failingCall">The call, from 1.</param>
/// <param name="fault">What happens then.</param>
internal sealed class FaultyDisk(int failingCall, DiskFault fault) : IDisk
{
    private readonly HashSet<string> _unflushed = [];
    private readonly Stack<(string Old, string New)> _renames = [];
    private int _calls;

    /// <summary>Whether the call has come.</summary>
    public bool HasFailed => _calls >= failingCall;

    private bool IsShort => fault == DiskFault.ShortWrite;

    public Stream Create(string path)
    {
        Call(needsSpace: true);
        _unflushed.Add(path);
        return new FaultyStream(this, path);
    }

    public void Flush(Stream stream)
    {
        Call(needsSpace: true);
        stream.Flush();
        _unflushed.Remove(((FaultyStream)stream).Name);
    }

    public void Rename(string path, string newPath)
    {
        Call(needsSpace: false);
        File.Move(path, newPath, overwrite: true);
        _renames.Push((path, newPath));
        if (_unflushed.Remove(path))
            _unflushed.Add(newPath);
    }

    public void Delete(string path)
    {
        Call(needsSpace: false);
        File.Delete(path);
    }

    public void FlushFolder(string path)
    {
        Call(needsSpace: false);
        _renames.Clear();
    }

    private void Call(bool needsSpace)
    {
        _calls++;
        bool later = fault == DiskFault.PowerFailure || fault == DiskFault.NoSpace && needsSpace;
        if (_calls == failingCall && fault == DiskFault.PowerFailure)
            LoseUnflushed();
        if (_calls == failingCall || _calls > failingCall && later)
            throw new IOException($"fault {fault} at call {_calls}");
    }

    private void LoseUnflushed()
    {
        foreach (string path in _unflushed)
        {
            using FileStream file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(file.Length / 2);
        }
        foreach ((string old, string name) in _renames)
            File.Move(name, old, overwrite: true);
    }

    private sealed class FaultyStream(FaultyDisk disk, string path) : FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                disk.Call(needsSpace: true);
            }
            catch (IOException) when (disk.IsShort)
            {
                base.Write(buffer, offset, count / 2);
                throw;
            }
            base.Write(buffer, offset, count);
        }

        // The base class would come back to the other overload.
        public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);
    }
}
