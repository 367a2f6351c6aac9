namespace GpuPool.Autograd;

/// <summary>Whether operations of this thread are recorded: <c>using (GradientMode.Off()) ...</c> evaluates without a graph.</summary>
public static class GradientMode
{
    [ThreadStatic]
    private static int _off;

    /// <summary>Whether operations are recorded.</summary>
    public static bool IsOn => _off == 0;

    /// <summary>Records nothing until the result is disposed of; nests.</summary>
    public static IDisposable Off()
    {
        _off++;
        return new Restore();
    }

    private sealed class Restore : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            if (!_done)
                _off--;
            _done = true;
        }
    }
}
