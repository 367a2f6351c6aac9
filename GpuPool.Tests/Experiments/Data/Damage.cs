namespace GpuPool.Tests.Experiments.Data;

/// <summary>Files as broken disks, lost connections, wrong programs and enemies leave them.</summary>
public static class Damage
{
    // Headers are there; half of the places are chosen among these.
    private const int Head = 200;

    private const int MostInserted = 100;

    /// <summary>A copy with changed bytes, cut short, lengthened, with something inserted, or with one part of it in the place of another.</summary>
    public static byte[] Some(byte[] file, Random random)
    {
        int place = Place(file, random);
        switch (random.Next(5))
        {
            case 0:
                return Flip(file, random);
            case 1:
                return file[..place];
            case 2:
                return [.. file, .. Filling(random)];
            case 3:
                return [.. file[..place], .. Filling(random), .. file[place..]];
            default:
                return [.. file[..place], .. file[Place(file, random)..]];
        }
    }

    // One, two, four or eight: single bits, bytes of the same file (so that a digit becomes a digit), and values at which lengths and signs turn.
    private static byte[] Flip(byte[] file, Random random)
    {
        byte[] changed = [.. file];
        for (int count = 1 << random.Next(4); count > 0; count--)
        {
            ref byte value = ref changed[Place(file, random)];
            value = random.Next(4) switch
            {
                0 => (byte)(value ^ 1 << random.Next(8)),
                1 => (byte)random.Next(256),
                2 => file[random.Next(file.Length)],
                _ => new byte[] { 0, 127, 128, 255 }[random.Next(4)],
            };
        }
        return changed;
    }

    private static int Place(byte[] file, Random random) => random.Next(random.Next(2) == 0 ? Math.Min(file.Length, Head) : file.Length);

    private static byte[] Filling(Random random)
    {
        byte[] filling = new byte[1 + random.Next(MostInserted)];
        if (random.Next(2) == 0)
            random.NextBytes(filling);
        return filling;
    }
}
