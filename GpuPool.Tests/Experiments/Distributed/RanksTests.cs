using GpuPool.Autograd;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Distributed;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Experiments.Distributed;

public sealed class RanksTests
{
    [Test]
    public void A_sum_is_that_in_the_order_of_the_ranks_to_the_bit_on_all_of_them([Values(1, 2, 3, 5)] int count, [Values(1, 2, 7, 1000)] int length)
    {
        float[][] values = [.. Enumerable.Range(0, count).Select(rank => Array.ConvertAll(Draw.Normal(length, rank), value => (float)value))];
        float[] expected = [.. values[0]];
        foreach (float[] more in values.Skip(1))
            expected = [.. expected.Zip(more, (sum, value) => sum + value)];
        foreach (float[] sum in ThreadRanks.Run(count, ranks =>
        {
            var pending = new PendingSum(ranks, length);
            values[ranks.Rank].CopyTo(pending.Values);
            pending.Begin();
            pending.Wait();
            pending.Share();
            pending.Wait();
            return pending.Values.ToArray();
        }))
        {
            Assert.That(sum, Is.EqualTo(expected));
        }
    }

    [Test]
    public void A_short_sum_is_that_in_the_order_of_the_ranks_too()
    {
        // From the last to the first they make 0.6.
        double[] values = [0.1, 0.2, 0.3];
        Assert.That(ThreadRanks.Run(3, ranks =>
        {
            Span<double> mine = [values[ranks.Rank], ranks.Rank];
            ranks.Sum(mine);
            return mine.ToArray();
        }), Is.All.EqualTo(new[] { 0.60000000000000009, 3 }));
    }

    [Test]
    public void Texts_of_any_length_and_bytes_of_the_first_rank_reach_all()
    {
        foreach ((IReadOnlyList<string> texts, byte[] bytes) in ThreadRanks.Run(3, ranks => (ranks.Gather(new string('ä', 5 * ranks.Rank)), ranks.OfFirst(ranks.IsFirst ? [1, 2, 3] : []))))
        {
            Assert.That(texts, Is.EqualTo(new[] { "", "äääää", "ääääääääää" }));
            Assert.That(bytes, Is.EqualTo(new byte[] { 1, 2, 3 }));
        }
    }

    [Test]
    public void What_fails_on_one_rank_ends_all_with_its_cause_and_what_differs_is_named()
    {
        string Refusal(Func<Ranks, string> work) => Assert.Throws<AgreedException>(() => ThreadRanks.Run(2, work))!.Failure.Message;
        Assert.That(
            Refusal(ranks => ranks.Together(() => ranks.IsFirst ? "" : throw new GpuPoolException(ExitCode.DataMissing, "a.jpg does not exist", "Fetch it."))),
            Is.EqualTo("rank 1: a.jpg does not exist. Fetch it."));
        Assert.That(
            Refusal(ranks => ranks.Together(() => "", ("build", () => "1"), ("list of files", () => $"{ranks.Rank}"))),
            Is.EqualTo("rank 1 has another list of files than rank 0. Start all ranks with the same program, options and files."));
    }

    [Test]
    public void Sequences_go_in_step_until_a_rank_cannot_go_on([Values(0, 1)] int failing)
    {
        var taken = new int[2];
        AgreedException failure = Assert.Throws<AgreedException>(() => ThreadRanks.Run(2, ranks => ranks.Together(Items(ranks.Rank)).Sum(item => taken[ranks.Rank] += item)))!;
        Assert.That(failure.Message, Is.EqualTo((failing == 0 ? "" : "rank 1: ") + "c.jpg is damaged. Fetch it again."));
        Assert.That(taken, Is.All.EqualTo(2));
        Assert.That(ThreadRanks.Run(2, ranks => ranks.Together(Enumerable.Range(0, 5)).Sum()), Is.All.EqualTo(10));

        IEnumerable<int> Items(int rank)
        {
            yield return 1;
            yield return 1;
            yield return rank == failing ? throw new GpuPoolException(ExitCode.DataCorrupt, "c.jpg is damaged", "Fetch it again.") : 1;
        }
    }

    [Test]
    public void Ranks_deal_one_order_out_in_batches_side_by_side()
    {
        Assert.That(Dealt(new BatchOptions(2) { Rank = 0, Ranks = 2 }).Zip(Dealt(new BatchOptions(2) { Rank = 1, Ranks = 2 }), (first, second) => $"{first} {second}"), Is.EqualTo(Dealt(new BatchOptions(4))));

        static string[] Dealt(BatchOptions options) => [.. new BatchLoader<string>(new Numbers(), options).Epoch(1)];
    }

    [Test]
    public void Batch_norm_over_the_batches_of_all_ranks_is_that_of_one_batch([Values(2, 3)] int count)
    {
        const int Rows = 12, Channels = 5;
        double[] x = Draw.Normal(count * Rows * Channels, 1), dy = Draw.Normal(count * Rows * Channels, 2);
        Pass whole = Normalise(x, dy, null);
        Pass[] parts = ThreadRanks.Run(count, ranks => Normalise(x[Part(ranks.Rank)], dy[Part(ranks.Rank)], ranks));
        foreach ((int rank, Pass part) in parts.Index())
        {
            Assert.That(part.Output, Is.EqualTo(whole.Output[Part(rank)]).Within(1e-12));
            Assert.That(part.Gradient, Is.EqualTo(whole.Gradient[Part(rank)]).Within(1e-12));
            Assert.That(part.Running, Is.EqualTo(whole.Running).Within(1e-12));
        }
        Assert.That(Enumerable.Range(0, whole.Gamma.Length).Select(i => parts.Sum(part => part.Gamma[i])), Is.EqualTo(whole.Gamma).Within(1e-12));

        static Range Part(int rank) => (rank * Rows * Channels)..((rank + 1) * Rows * Channels);
    }

    private static Pass Normalise(double[] x, double[] dy, IPeers? peers)
    {
        const int Channels = 5;
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        var channels = new Shape(Channels);
        DeviceArray Of(params double[] values) => device.Upload(channels, values);
        var shape = new Shape(x.Length / Channels, Channels);
        var statistics = new BatchNormStatistics(Of(0, 0, 0, 0, 0), Of(1, 1, 1, 1, 1)) { Peers = peers };
        Tensor input = Tensor.Leaf(device.Upload(shape, x), requiresGradient: true), gamma = Tensor.Leaf(Of(1, 2, -1, 0.5, 3), requiresGradient: true);
        Tensor output = input.BatchNorm(gamma, Tensor.Leaf(Of(0, 0.5, 1, 0, -1)), statistics, training: true, Activation.Relu);
        output.Backward(device.Upload(shape, dy));
        return new Pass(
            output.Value.ToDoubles(), input.Gradient!.ToDoubles(), gamma.Gradient!.ToDoubles(), [.. statistics.Mean.ToDoubles(), .. statistics.Variance.ToDoubles()]);
    }

    private sealed record Pass(double[] Output, double[] Gradient, double[] Gamma, double[] Running);

    private sealed class Numbers : IBatchSource<string>
    {
        public string Name => "numbers";

        public int Count => 15;

        public string Collate(ReadOnlySpan<int> pictures, Func<int, RandomSequence> random, CancellationToken stop) => string.Join(' ', pictures.ToArray());
    }
}
