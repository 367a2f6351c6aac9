using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Attribution;

namespace GpuPool.Experiments.Attribution;

/// <summary>How far a head of a self-attentive pool looks, as means over pictures and tokens. The properties are the columns.</summary>
internal sealed record AttentionRow
{
    public required string Architecture { get; init; }
    public required string Layer { get; init; }
    public required int Head { get; init; }
    public required int Tokens { get; init; }
    public required int Pictures { get; init; }

    /// <summary>As a share of that of equal weights.</summary>
    public required double Entropy { get; init; }

    /// <summary>Pixels of the input from a token to those that it looks at.</summary>
    public required double Distance { get; init; }

    /// <summary>The same for equal weights.</summary>
    public required double UniformDistance { get; init; }

    /// <summary>The rows of a network; none where it has no self-attentive pool.</summary>
    /// <param name="device">Where it is.</param>
    /// <param name="trained">The network.</param>
    /// <param name="inputs">Pictures, see <see cref="TrainedNetwork.Input"/>.</param>
    public static IReadOnlyList<AttentionRow> Of(Device device, TrainedNetwork trained, IReadOnlyList<float[]> inputs)
    {
        AttentionRow[] rows = [.. inputs.SelectMany(input => OfPicture(device, trained, input))];
        return
        [
            .. from row in rows
               group row by (row.Layer, row.Head) into head
               select head.First() with
               {
                   Pictures = inputs.Count,
                   Entropy = Math.Round(head.Average(row => row.Entropy), 4),
                   Distance = Math.Round(head.Average(row => row.Distance), 3),
                   UniformDistance = Math.Round(head.Average(row => row.UniformDistance), 3),
               },
        ];
    }

    private static IEnumerable<AttentionRow> OfPicture(Device device, TrainedNetwork trained, float[] input)
    {
        using DeviceArray image = device.Upload(trained.InputShape, input);
        return [.. from layer in AttentionLayer.Of(trained.Network, image)
                   from head in Enumerable.Range(0, layer.Heads)
                   let spread = layer.Spread(head)
                   let pixels = (double)trained.Config.Size / layer.Columns
                   select new AttentionRow
                   {
                       Architecture = trained.Config.Architecture,
                       Layer = layer.Name,
                       Head = head,
                       Tokens = layer.Tokens,
                       Pictures = 1,
                       Entropy = spread.Entropy,
                       Distance = spread.Distance * pixels,
                       UniformDistance = spread.UniformDistance * pixels,
                   }];
    }
}
