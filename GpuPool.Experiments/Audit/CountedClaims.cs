using GpuPool.Autograd;
using GpuPool.Experiments.Tables;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Pooling;

namespace GpuPool.Experiments.Audit;

/// <summary>Claims on cost, and on what the method computes: counted and calculated, nothing is trained.</summary>
internal static class CountedClaims
{
    // What the paper writes.
    private const double FlopsReduction = 11.66, Halving = 2;

    // How near a number must come to count as the same.
    private const double Near = 0.02, Rounding = 1e-12;

    private const string CountCost = "reproduce table6", CountMemory = "reproduce memory", Audit = "audit";

    private static readonly string[] Networks = ["MobileNetV2", "MobileNetV2-0.35x", "ResNet18"];

    private static readonly Lazy<IReadOnlyList<Claim>> Counted = new(Count);

    /// <summary>The claims; they depend on nothing but the program, and are counted once.</summary>
    public static IReadOnlyList<Claim> All => Counted.Value;

    private static IReadOnlyList<Claim> Count()
    {
        IReadOnlyList<Table6Row> costs = new Table6().Count();
        IReadOnlyList<MemoryRow> memory = new MemoryTable().Count();
        return
        [
            MeanReduction(), Cheaper(costs), .. new[] { 1, 2, 4, 8 }.Select(BesideLip),
            .. Networks.SelectMany(network => costs.Where(row => row.Network == network).GroupBy(row => row.Method.Split(',')[0]).Select(rows => Printed(network, rows.Key, [.. rows]))),
            Width(memory), InAll(memory), .. Halved(memory), InDisguise(Interpolation.Nearest), InDisguise(Interpolation.Bilinear),
        ];
    }

    private static Claim MeanReduction()
    {
        double mean = Networks.Average(network => 100 * (1 - Printed(network, "self-attentive") / Printed(network, "strided")));
        return new(
            "On average it takes fewer FLOPs than strided convolution, by Table 6's own values", Percent(FlopsReduction), Percent(mean),
            Math.Abs(mean - FlopsReduction) < 0.1 ? Verdict.Holds : Verdict.DoesNotHold, Audit);
    }

    private static Claim Cheaper(IReadOnlyList<Table6Row> costs)
    {
        Table6Row[] ours = [.. costs.Where(row => row.Method.StartsWith("self-attentive", StringComparison.Ordinal))];
        int fewer = ours.Count(row => row.MultiplyAdds < Strided(row)), withoutProducts = ours.Count(row => row.MultiplyAdds - row.Attention < Strided(row));
        return new(
            "It takes fewer multiply-adds than strided convolution", "all networks",
            Text($"{fewer} of {ours.Length} counted settings; {withoutProducts} without the products of attention"),
            fewer == ours.Length ? Verdict.Holds : Verdict.DoesNotHold, CountCost);

        long Strided(Table6Row row) => costs.Single(other => other.Method == "strided" && other.Network == row.Network && other.ImageSize == row.ImageSize).MultiplyAdds;
    }

    private static Claim BesideLip(int patch)
    {
        const int side = 64, channels = 24;
        double claimed = 3.0 / (patch * patch), ratio = Cost("nlp") / Cost("lip");
        return new(
            Text($"A pool with patches of {patch} takes about 3 / n² of LIP's multiply-adds ({side} x {side} x {channels})"), Text($"{claimed:0.###}"), Text($"{ratio:0.###}"),
            Math.Abs(ratio / claimed - 1) < 0.1 ? Verdict.Holds : Verdict.DoesNotHold, Audit);

        double Cost(string word)
        {
            using Module pool = PoolingMethod.All.Single(method => method.Word == word).Create(new PoolingSite(channels, 2, new SelfAttentiveOptions(patch)));
            return Models.Costs.Cost.Of(pool, new Shape(1, side, side, channels)).MultiplyAdds;
        }
    }

    private static Claim Printed(string network, string method, Table6Row[] rows)
    {
        (Table6Row Row, long Count) nearest = rows.SelectMany(row => new[] { (row, row.MultiplyAdds), (row, row.MultiplyAdds - row.Attention) })
            .MinBy(count => Math.Abs(count.Item2 - count.row.PaperMultiplyAdds));
        double difference = (double)nearest.Count / nearest.Row.PaperMultiplyAdds - 1;
        string setting = Text($"{nearest.Row.ImageSize} pixels{(nearest.Row.Placement.Length > 0 ? $", {nearest.Row.Placement}" : "")}{(nearest.Row.Method.Contains(',', StringComparison.Ordinal) ? ", reduced" : "")}");
        string attention = nearest.Count == nearest.Row.MultiplyAdds ? "" : ", without the products of attention";
        return new(
            $"Table 6, {network}, {method}: millions of multiply-adds", Text($"{nearest.Row.PaperMultiplyAdds / 1e6:F1}"),
            Text($"{nearest.Count / 1e6:F1} at the nearest ({setting}{attention}), {100 * difference:+0.0;−0.0} %"),
            Math.Abs(difference) < Near ? Verdict.Holds : Verdict.DoesNotHold, CountCost);
    }

    private static Claim Width(IReadOnlyList<MemoryRow> memory) => Factor("Width 0.35 needs less memory, by a factor", [.. memory.Where(row => row.PaperFactor is not null && row.S1 == 1)]);

    private static Claim InAll(IReadOnlyList<MemoryRow> memory) => Factor("Together with down-sampling in the first layers, by a factor of up to", [.. memory.Where(row => row.PaperFactor is not null && row.S1 > 1)]);

    private static Claim Factor(string text, MemoryRow[] rows)
    {
        double claimed = rows[0].PaperFactor!.Value, most = rows.Max(row => Math.Max(row.PeakFactor, Math.Max(row.LayerPeakFactor, row.ConvolutionFactor)));
        return new(
            text, Text($"{claimed}"), Text($"{rows.Max(row => row.PeakFactor)} of the live bytes, at most {most} by any of three measures"),
            most >= claimed ? Verdict.Holds : Verdict.DoesNotHold, CountMemory);
    }

    private static IEnumerable<Claim> Halved(IReadOnlyList<MemoryRow> memory) =>
        from line in memory.Where(row => row.Width == 1).GroupBy(row => row.Method)
        from step in line.Zip(line.Skip(1))
        let peak = (double)step.First.PeakBytes / step.Second.PeakBytes
        let sum = (double)step.First.ConvolutionBytes / step.Second.ConvolutionBytes
        select new Claim(
            Text($"A first stage of twice the stride halves memory: {line.Key}, s1 = {step.First.S1} to {step.Second.S1}"), Text($"{Halving}"),
            Text($"{peak:F2} of the live bytes, {sum:F2} of all outputs of convolutions"), peak >= Halving && sum >= Halving ? Verdict.Holds : Verdict.DoesNotHold, CountMemory);

    // Patches as large as the windows: what differs from the mean of a window is the work of attention.
    private static Claim InDisguise(Interpolation upsampling)
    {
        const int side = 8, channels = 4, stride = 2;
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        using ArrayScope scope = device.OpenScope();
        using IDisposable off = GradientMode.Off();
        using Module pool = PoolingMethod.All.Single(method => method.Word == "nlp").Create(new PoolingSite(channels, stride, new SelfAttentiveOptions(stride, Upsampling: upsampling)));
        pool.Allocate(device, DType.Float64, seed: 1);
        double[] values = [.. Enumerable.Range(0, side * side * channels).Select(i => Math.Sin(12.9898 * (i + 1)))];
        Tensor x = Tensor.Leaf(device.Upload(new Shape(1, side, side, channels), values, DType.Float64));
        double[] pooled = pool.Call(x).Value.ToDoubles(), means = x.AveragePool2d(new Window(stride, stride)).Value.ToDoubles();
        double most = pooled.Zip(means, (one, other) => Math.Abs(one - other)).Max();
        bool isReleased = upsampling == Interpolation.Nearest;
        return new(
            $"Attention weighs the pixels of a window, with {(isReleased ? "nearest" : "bilinear")} up-sampling and patches as large as the windows ({(isReleased ? "the released code's `reduced`" : "the paper's text")})",
            "it does", most < Rounding ? "exactly average pooling: no output differs by more than 1e-12" : Text($"outputs differ from average pooling by up to {most:G2}"),
            most < Rounding ? Verdict.DoesNotHold : Verdict.Holds, Audit);
    }

    private static double Printed(string network, string method) => (double)PaperValues.Of("table6", $"{network}/{method}").Single();

    private static string Percent(double value) => Text($"{value:F2} %");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
