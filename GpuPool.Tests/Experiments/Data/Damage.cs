namespace GpuPool.Tests.Experiments.Data;

/// <summary>Files as broken disks, lost connections and wrong programs leave them.</summary>
public static class Damage
{
    /// <summary>A copy cut short, lengthened, or with some bytes replaced, mostly near its beginning, where the headers are.</summary>
    public static byte[] Some(byte[] file, Random random)
    {
        byte[] changed = [.. file];
        switch (random.Next(4))
        {
            case 0:
                return changed[..random.Next(changed.Length)];
            case 1:
                return [.. changed, .. new byte[1 + random.Next(100)]];
            default:
                for (int count = 1 + random.Next(8); count > 0; count--)
                    changed[random.Next(random.Next(2) == 0 ? Math.Min(changed.Length, 200) : changed.Length)] = (byte)random.Next(256);
                return changed;
        }
    }
}
