using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Export;
using GpuPool.Tests.Experiments;
using Microsoft.ML.OnnxRuntime;

namespace GpuPool.Tests.Models.Export;

/// <summary>
/// What ONNX Runtime 1.31.1 makes of operators that exports therefore write otherwise or not at all. A failure here is news of another version: what was avoided may then be right.
/// </summary>
public sealed class OnnxRuntimeFactTests
{
    [Test]
    public void Zeros_padded_before_a_maximum_become_minus_infinity()
    {
        OnnxNode pad = Node("Pad", ["x", "pads"], "padded"), pool = Node("MaxPool", ["padded"], "y", ("kernel_shape", new[] { 1, 3 }));
        float[] pooled = Run([-1, -2, -3], [1, 1, 1, 3], [pad, pool], Integers("pads", 0, 0, 0, 1, 0, 0, 0, 1));
        Assert.That(pooled, Is.EqualTo(new[] { -1f, -1, -2 }), "and not 0, -1, 0");
    }

    [Test]
    public void Nearest_cells_are_missed_by_sizes()
    {
        float[] cells = Resized(14, 2, ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
        Assert.That(cells, Is.EqualTo(new[] { 0f, 6 }));
        Assert.That(Nearest(14, 2), Is.EqualTo(new[] { 0f, 7 }));
    }

    [Test]
    public void Our_nearest_cells_are_exact_between_all_sizes_up_to_128()
    {
        // Among them 2 to 82 and 14 to 46, which PyTorch misses.
        for (int from = 1; from <= 128; from++)
        {
            for (int to = 1; to <= 128; to++)
                Assert.That(Nearest(from, to), Is.EqualTo(Enumerable.Range(0, to).Select(cell => (float)(cell * from / to))), $"{from} to {to}");
        }
    }

    [Test]
    public void Bilinear_to_a_single_cell_takes_the_middle_in_one_of_two_modes()
    {
        Assert.That(Resized(4, 1, ("mode", "linear"), ("coordinate_transformation_mode", "pytorch_half_pixel")), Is.EqualTo(new[] { 0f }));
        Assert.That(Resized(4, 1, ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel")), Is.EqualTo(new[] { 1.5f }));
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Assert.That(Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, 1, 4, 1), [0f, 1, 2, 3])).Upsample(1, 1, Interpolation.Bilinear).Value.ToFloats(), Is.EqualTo(new[] { 1.5f }));
    }

    [Test]
    public void Means_of_large_maps_differ_by_a_hundredth()
    {
        const int side = 2048;
        float[] tenths = [.. Enumerable.Repeat(0.1f, side * side)];
        float theirs = Run(tenths, [1, 1, side, side], [Node("GlobalAveragePool", ["x"], "y")])[0];
        using ArrayScope scope = Devices.Cpu.OpenScope();
        float ours = Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, side, side, 1), tenths)).GlobalAveragePool().Value.ToFloats()[0];
        Assert.That(theirs, Is.EqualTo(0.1).Within(2e-3).And.Not.EqualTo(0.1).Within(5e-4));
        Assert.That(ours, Is.EqualTo(0.1).Within(5e-6));
    }

    [Test]
    public void Batch_norm_in_training_keeps_the_biased_variance()
    {
        OnnxNode norm = new("BatchNormalization", ["x", "one", "zero", "zero", "one"], ["normalised", "mean", "y"], [("training_mode", 1), ("momentum", 0.9f)]);
        float[] variance = Run([-1, 1, -1, 1, -1, 1, -1, 1, -1, 1], [5, 1, 1, 2], [norm], 17, 1, Floats("one", 1), Floats("zero", 0));
        Assert.That(variance[0], Is.EqualTo(1).Within(1e-6), "0.9 + 0.1 x 1");
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray mean = Devices.Cpu.Upload(new Shape(1), [0f]), ours = Devices.Cpu.Upload(new Shape(1), [1f]);
        Tensor One(float value) => Tensor.Leaf(Devices.Cpu.Upload(new Shape(1), [value]));
        Tensor.Leaf(Devices.Cpu.Upload(new Shape(5, 1, 2, 1), [-1f, 1, -1, 1, -1, 1, -1, 1, -1, 1])).BatchNorm(One(1), One(0), new BatchNormStatistics(mean, ours, 0.1, 1e-5), training: true);
        Assert.That(ours.ToFloats()[0], Is.EqualTo(0.9 + 0.1 * 10 / 9).Within(1e-6));
    }

    [Test]
    public void Norms_of_windows_are_sums_of_magnitudes_that_overflow()
    {
        OnnxNode Pool(int p) => Node("LpPool", ["x"], "y", ("kernel_shape", new[] { 1, 4 }), ("p", p));
        Assert.That(Run([-1, 2, -3, 1], [1, 1, 1, 4], [Pool(1)]), Is.EqualTo(new[] { 7f }));
        Assert.That(Run([1e20f, 1e20f, 1e20f, 1e20f], [1, 1, 1, 4], [Pool(2)]), Is.EqualTo(new[] { float.PositiveInfinity }));
    }

    [Test]
    public void Attention_without_a_scale_above_0_is_refused()
    {
        OnnxNode Attention(float scale) => Node("Attention", ["x", "x", "x"], "y", ("q_num_heads", 1), ("kv_num_heads", 1), ("scale", scale));
        float[] tokens = [.. Enumerable.Range(0, 12).Select(index => (float)index)];
        Assert.That(() => Run(tokens, [1, 3, 4], [Attention(0)], 23, null), Throws.TypeOf<OnnxRuntimeException>());
        Assert.That(Run(tokens, [1, 3, 4], [Attention(0.5f)], 23, null), Has.Length.EqualTo(12));
    }

    [Test]
    public void A_window_larger_than_its_map_gives_a_partial_result_at_larger_steps() => Assert.That(
        Run([1, 2], [1, 1, 1, 2], [Node("MaxPool", ["x"], "y", ("kernel_shape", new[] { 1, 3 }), ("strides", new[] { 1, 2 }))]), Is.EqualTo(new[] { 2f }));

    [Test]
    public void Sizes_from_scales_in_single_precision_come_out_one_short()
    {
        OnnxNode resize = Node("Resize", ["x", "", "scales"], "y", ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
        Assert.That(Run([0, 1, 2, 3, 4, 5, 6], [1, 1, 1, 7], [resize], Floats("scales", 1, 1, 1, 31f / 7)), Has.Length.EqualTo(30), "and not 31");
    }

    [TestCase(null, 0.5f)]
    [TestCase("half_pixel", 0.5f)]
    [TestCase("output_half_pixel", 1)]
    public void Regions_without_a_mode_lie_half_a_pixel_before_those_of_opset_10(string? mode, float expected)
    {
        // The column numbers of a ramp, pooled over a region that starts at column 0 and is two wide: its middle is 1, the only mode of opset 10, or half a pixel before it.
        (string, object)[] attributes = [("output_height", 1), ("output_width", 1), ("sampling_ratio", 1), .. mode is null ? [] : new (string, object)[] { ("coordinate_transformation_mode", mode) }];
        float[] ramp = [.. Enumerable.Range(0, 16).Select(index => (float)(index % 4))];
        Assert.That(
            Run(ramp, [1, 1, 4, 4], [Node("RoiAlign", ["x", "regions", "images"], "y", attributes)], 17, 4, new OnnxConstant("regions", [1, 4], new float[] { 0, 0, 2, 2 }), Integers("images", 0)),
            Is.EqualTo(new[] { expected }));
    }

    [Test]
    public void The_largest_sample_of_a_region_is_a_weighted_corner_and_not_an_interpolated_value()
    {
        // Between four pixels of 4 an interpolated value is 4; each corner alone has a weight of a quarter.
        OnnxNode align = Node("RoiAlign", ["x", "regions", "images"], "y", ("mode", "max"), ("output_height", 1), ("output_width", 1), ("sampling_ratio", 1), ("coordinate_transformation_mode", "half_pixel"));
        float[] pooled = Run([4, 4, 4, 4], [1, 1, 2, 2], [align], 17, 4, new OnnxConstant("regions", [1, 4], new float[] { 0.5f, 0.5f, 1.5f, 1.5f }), Integers("images", 0));
        Assert.That(pooled, Is.EqualTo(new[] { 1f }));
    }

    [Test]
    public void Regions_of_the_newest_opset_have_no_kernel()
    {
        OnnxNode align = Node("RoiAlign", ["x", "regions", "images"], "y");
        Assert.That(
            () => Run([1, 2, 3, 4], [1, 1, 2, 2], [align], 22, 4, new OnnxConstant("regions", [1, 4], new float[] { 0, 0, 2, 2 }), Integers("images", 0)),
            Throws.TypeOf<OnnxRuntimeException>().With.Message.Contains("RoiAlign(22)"));
    }

    [Test]
    public void No_box_is_kept_without_a_largest_number_and_none_whose_score_is_the_threshold()
    {
        OnnxConstant boxes = new("boxes", [1, 2, 4], new float[] { 0, 0, 1, 1, 5, 5, 6, 6 }), threshold = Floats("threshold", 0.5f), most = Integers("most", 10);
        float[] Kept(string most, params OnnxConstant[] constants) => Run(
            [0.5f, 0.75f], [1, 1, 2], [Node("NonMaxSuppression", ["boxes", "x", most, "", "threshold"], "kept"), Node("Cast", ["kept"], "y", ("to", 1))], 17, 2, constants);
        Assert.That(Kept("", boxes, threshold), Is.Empty);
        Assert.That(Kept("most", boxes, threshold, most), Is.EqualTo(new[] { 0f, 0, 1 }), "image, class and box: the second alone");
    }

    [Test]
    public void A_token_that_may_attend_to_none_gets_zeros()
    {
        OnnxNode attention = Node("Attention", ["x", "x", "x", "mask"], "y", ("q_num_heads", 1), ("kv_num_heads", 1), ("scale", 0.5f));
        float[] tokens = [.. Enumerable.Range(1, 8).Select(index => (float)index)];
        float[] minus = [.. Enumerable.Repeat(float.NegativeInfinity, 2)];
        float[] y = Run(tokens, [1, 2, 4], [attention], 23, null, new OnnxConstant("mask", [2, 2], (float[])[.. minus, 0, 0]));
        Assert.That(y[..4], Is.EqualTo(new float[4]), "and not NaN");
        Assert.That(y[4..], Has.All.GreaterThan(0));
    }

    [TestCase(17)]
    [TestCase(20)]
    [TestCase(23)]
    public void The_opset_asked_for_is_the_one_written(int opset)
    {
        using var folder = new TemporaryFolder();
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-nlp_headfix2_bilinear_reduced-1222121"), new NetworkOptions(2, 0.1));
        network.ExportOnnx(folder["a.onnx"], 64, 64, new OnnxOptions(opset));
        // OperatorSetIdProto: an empty domain and the version.
        byte[] import = [0x42, 0x04, 0x0A, 0x00, 0x10, (byte)opset];
        Assert.That(File.ReadAllBytes(folder["a.onnx"]).AsSpan().IndexOf(import), Is.InRange(0, 64));
    }

    private static float[] Nearest(int from, int to)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        return Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, 1, from, 1), [.. Enumerable.Range(0, from).Select(cell => (float)cell)])).Upsample(1, to, Interpolation.Nearest).Value.ToFloats();
    }

    // The numbers of the cells of a row, resized by sizes.
    private static float[] Resized(int from, int to, params (string, object)[] attributes) =>
        Run([.. Enumerable.Range(0, from).Select(cell => (float)cell)], [1, 1, 1, from], [Node("Resize", ["x", "", "", "sizes"], "y", attributes)], Integers("sizes", 1, 1, 1, to));

    private static OnnxNode Node(string type, string[] inputs, string output, params (string, object)[] attributes) => new(type, inputs, [output], attributes);

    private static OnnxConstant Integers(string name, params long[] values) => new(name, [values.Length], values);

    private static OnnxConstant Floats(string name, params float[] values) => new(name, [values.Length], values);

    private static float[] Run(float[] x, int[] extents, OnnxNode[] nodes, params OnnxConstant[] constants) => Run(x, extents, nodes, 17, null, constants);

    private static float[] Run(float[] x, int[] extents, OnnxNode[] nodes, int opset, int? rank, params OnnxConstant[] constants)
    {
        using var folder = new TemporaryFolder();
        var model = new OnnxModel(opset, nodes, constants, [new OnnxValue("x", [.. extents.Select(extent => (int?)extent)])], [new OnnxValue("y", new int?[rank ?? extents.Length])], new Dictionary<string, string>());
        model.Write(folder["fact.onnx"], int.MaxValue);
        using InferenceSession session = OnnxCheck.Session(folder["fact.onnx"]);
        return OnnxCheck.Run(session, extents, x)[0];
    }
}
