using System.Collections.Concurrent;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>One NaN in an input comes out where it does in C#, whatever ILGPU made of the comparisons.</summary>
public sealed class NotANumberTests
{
    // Which of two means is chosen is drawn.
    private static readonly (Type Op, int Input)[] s_without = [(typeof(MixedChoice), 0)];

    // A product of a tile takes the margin of a map as zeros, and zero times NaN is NaN, as in the host bodies; the portable bodies pass over the margin.
    private static readonly (Type Op, int Input)[] s_withMargin = [(typeof(Conv2d), 1)];

    private const int FewestNumbers = 16;

    private static readonly ConcurrentDictionary<OpRow, OpSample> s_samples = new();

    private static IEnumerable<TestCaseData> Inputs =>
        from row in OpMatrix.Rows
        from input in Enumerable.Range(0, Smallest(row).Inputs.Length)
        select new TestCaseData(row, input);

    [TestCaseSource(nameof(Inputs))]
    public void A_nan_arrives_where_it_does_in_c_sharp(OpRow row, int input)
    {
        OpSample sample = Smallest(row);
        int count = sample.Inputs[input].Values.Length;
        bool arrives = Run(Body.CSharp, sample, input, null)[0].Contains(true);
        Assert.That(arrives, Is.EqualTo(!s_without.Contains((row.Type, input))), "arrives at the output");
        foreach (int place in new[] { 0, count - 1 }.Distinct())
        {
            bool[][] expected = Run(Body.CSharp, sample, input, place);
            foreach (Body body in Body.Ptx)
            {
                bool[][] actual = Run(body, sample, input, place);
                if (body.UsesGroupBodies && s_withMargin.Contains((row.Type, input)))
                    actual = [.. actual.Zip(expected, (some, all) => some.Zip(all, (a, b) => a && b).ToArray())];
                Assert.That(actual, Is.EqualTo(expected), $"{body}, element {place}");
            }
        }
    }

    /// <summary>Where output and gradients are NaN when one element of an input is, or all are.</summary>
    private static bool[][] Run(Body body, OpSample sample, int input, int? place)
    {
        bool[][] results = [];
        body.Run(device =>
        {
            Op op = sample.Op(device, DType.Float32);
            DeviceArray[] arrays = [.. sample.Inputs.Select(drawn => device.Upload(drawn.Shape, drawn.Values, DType.Float32))];
            arrays[input].CopyFrom([.. sample.Inputs[input].Values.Select((value, index) => place is null || index == place ? double.NaN : value)]);
            OpResult result = op.Forward(arrays, keep: true);
            DeviceArray dy = device.Upload(result.Output.Shape, Draw.Normal(result.Output.Shape.Count, 1), DType.Float32);
            DeviceArray?[] gradients = op.Backward(arrays, result, dy, [.. arrays.Select(_ => true)]);
            results = [.. gradients.Prepend(result.Output).Select(array => array is null ? [] : Array.ConvertAll(array.ToDoubles(), double.IsNaN))];
        });
        return results;
    }

    // A draw with few numbers, but with so many that a weight of 0, with which a NaN has no effect, does not stand beside each.
    private static OpSample Smallest(OpRow row) => s_samples.GetOrAdd(row, _ => Enumerable.Range(0, 12).Select(number => row.Draw(new OpDraw(number)))
        .Where(sample => sample.Inputs[0].Values.Length >= FewestNumbers).MinBy(sample => sample.Inputs.Sum(input => input.Values.Length))!);
}
