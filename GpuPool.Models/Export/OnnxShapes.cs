using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Export;

/// <summary>What moves, repeats, adds up or resamples elements.</summary>
internal static class OnnxShapes
{
    /// <summary>Two axes exchanged.</summary>
    public static void Transpose(Transpose op, OnnxCall call)
    {
        int rank = call.Output.Rank;
        int[] order = [.. Enumerable.Range(0, rank)];
        int first = (op.First + rank) % rank, second = (op.Second + rank) % rank;
        (order[first], order[second]) = (second, first);
        call.PutPlain(call.Node("Transpose", [call.Plain(0)], ("perm", order)));
    }

    /// <summary>One after another.</summary>
    public static void Concat(Concat op, OnnxCall call) =>
        call.Put(call.Node("Concat", [.. Enumerable.Range(0, call.Count).Select(call.Either)], ("axis", call.Axis(op.Axis))));

    /// <summary>A run of indices.</summary>
    public static void Slice(Slice op, OnnxCall call) => call.Put(Run(call, call.Either(0), call.Axis(op.Axis), op.Start, op.Start + op.Length, 1));

    /// <summary>Every so many-th index of an axis.</summary>
    public static string Run(OnnxCall call, string x, int axis, int start, int end, int step) =>
        call.Node("Slice", [x, call.Integers(start), call.Integers(end), call.Integers(axis), call.Integers(step)]);

    /// <summary>Sums over axes that stay.</summary>
    public static void Sum(Sum op, OnnxCall call)
    {
        int[] axes = [.. Enumerable.Range(0, call.Output.Rank).Where(axis => call.Output[axis] != call.Shape(0)[axis]).Select(call.Axis)];
        call.Put(axes.Length == 0 ? call.Either(0) : call.Node("ReduceSum", [call.Either(0), call.Integers(axes)], ("keepdims", 1)));
    }

    /// <summary>Repeats along axes of one element, for those operators that do not by themselves. The axis of the images has them all.</summary>
    public static void Broadcast(Broadcast op, OnnxCall call)
    {
        if (call.IsComputed(0))
            call.PutPlain(call.Node("Expand", [call.Plain(0), call.Integers([1, .. call.Output.Extents[1..]])]));
    }

    /// <summary>
    /// Another size. ONNX Runtime computes the place of a nearest cell in single precision, which misses some by one unless the size is a multiple: those are gathered.
    /// </summary>
    public static void Upsample(Upsample op, OnnxCall call)
    {
        (int height, int width) = (call.Shape(0)[1], call.Shape(0)[2]);
        string x = call.Map(0);
        if (op.Mode == Interpolation.Nearest && (op.Height % height != 0 || op.Width % width != 0))
        {
            call.PutMap(Nearest(call, Nearest(call, x, 2, height, op.Height), 3, width, op.Width));
            return;
        }
        string images = call.Node("Shape", [x], ("start", 0), ("end", 2));
        string sizes = call.Node("Concat", [images, call.Integers(op.Height, op.Width)], ("axis", 0));
        call.PutMap(op.Mode == Interpolation.Nearest
            ? call.Node("Resize", [x, "", "", sizes], ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"))
            : call.Node("Resize", [x, "", "", sizes], ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel")));
    }

    private static string Nearest(OnnxCall call, string x, int axis, int from, int to) =>
        call.Node("Gather", [x, call.Integers([.. Enumerable.Range(0, to).Select(place => (int)((long)place * from / to))])], ("axis", axis));
}
