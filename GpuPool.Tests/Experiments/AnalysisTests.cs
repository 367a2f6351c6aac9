using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;

namespace GpuPool.Tests.Experiments;

/// <summary>The tables that are counted: multiply-adds (Table 6) and memory.</summary>
public sealed class AnalysisTests
{
    private static readonly IReadOnlyList<Table6Row> Costs = new Table6().Count();
    private static readonly IReadOnlyList<MemoryRow> Memory = new MemoryTable().Count();

    // Counted from the description of the networks, independently of this program; torchvision's numbers for the strided ones.
    [TestCase("mobilenet_v2-skip-1222121", 1.0, 224, 3504872, 300774272, 0, 0)]
    [TestCase("mobilenet_v2-skip-1222121", 0.35, 224, 1677128, 59285808, 0, 0)]
    [TestCase("resnet18_v2-skip-1222", 1.0, 224, 11689512, 1814073344, 0, 0)]
    [TestCase("mobilenet_v2-skip-1222121", 1.0, 128, 2236682, 97806848, 0, 0)]
    [TestCase("mobilenet_v2-skip-1222121", 0.35, 128, 408938, 18953472, 0, 0)]
    [TestCase("resnet18_v2-skip-1222", 1.0, 128, 11181642, 592188416, 0, 0)]
    [TestCase("mobilenet_v2-lip-1222121", 1.0, 128, 2268818, 125531648, 0, 0)]
    [TestCase("mobilenet-lip-1222121", 1.0, 128, 2248258, 89090560, 0, 0)]
    [TestCase("mobilenet_v2-gaussian_pool-1222121", 1.0, 128, 2285726, 119483744, 0, 0)]
    [TestCase("mobilenet-gaussian_pool-1222121", 1.0, 128, 2254550, 86616800, 0, 0)]
    [TestCase("mobilenet_v2-nlp_headfix2-1222121", 1.0, 128, 2498938, 131626496, 24379392, 882114560)]
    [TestCase("mobilenet-nlp_headfix2-1222121", 1.0, 128, 2347802, 91580928, 9961472, 592183296)]
    [TestCase("mobilenet_v2-nlp_headfix2_reduced-1222121", 1.0, 128, 2535226, 131626496, 8454144, 5242880)]
    [TestCase("mobilenet-nlp_headfix2_reduced-1222121", 1.0, 128, 2363354, 91580928, 3031040, 3342336)]
    [TestCase("resnet18_v2-lip-1222", 1.0, 128, 11528394, 1171002368, 0, 0)]
    [TestCase("resnet18-lip-1222", 1.0, 128, 11528394, 1850479616, 0, 0)]
    [TestCase("resnet18_v2-gaussian_pool-1222", 1.0, 128, 11704458, 1121186816, 0, 0)]
    [TestCase("resnet18-gaussian_pool-1222", 1.0, 128, 11704458, 1800664064, 0, 0)]
    [TestCase("resnet18_v2-nlp_headfix2-1222", 1.0, 128, 13484362, 1221334016, 201326592, 306184192)]
    [TestCase("resnet18-nlp_headfix2-1222", 1.0, 128, 13484362, 1900811264, 201326592, 306184192)]
    [TestCase("resnet18_v2-nlp_headfix2_reduced-1222", 1.0, 128, 13533514, 1221334016, 150994944, 54525952)]
    [TestCase("resnet18-nlp_headfix2_reduced-1222", 1.0, 128, 13533514, 1900811264, 150994944, 54525952)]
    public void Table_6_has_the_counts_of_each_network(
        string label, double width, int size, long parameters, long convolutionAndLinear, long projection, long attention)
    {
        Table6Row row = Costs.Single(row => row.Architecture == label && row.Width == width && row.ImageSize == size);
        Assert.That(row.Parameters, Is.EqualTo(parameters));
        Assert.That(row.Convolution + row.Linear, Is.EqualTo(convolutionAndLinear));
        Assert.That(row.Projection, Is.EqualTo(projection));
        Assert.That(row.Attention, Is.EqualTo(attention));
        Assert.That(row.MultiplyAdds, Is.EqualTo(convolutionAndLinear + projection + attention));
    }

    [Test]
    public void Table_6_has_every_network_method_placement_and_size_once()
    {
        Assert.That(Costs, Has.Count.EqualTo(3 * 2 * (4 * 2 + 1)));
        Assert.That(Costs.Select(row => (row.Network, row.Method, row.Placement, row.ImageSize)), Is.Unique);
        Assert.That(Costs.Where(row => row.Placement.Length == 0).Select(row => row.Method), Is.All.EqualTo("strided"));
        Assert.That(Costs.Select(row => (row.ImageSize, row.Classes)).Distinct(), Is.EqualTo(new[] { (224, 1000), (128, 10) }));
    }

    [TestCase("MobileNetV2", "self-attentive", 0.272)]
    [TestCase("MobileNetV2", "gaussian", 0.295)]
    [TestCase("MobileNetV2-0.35x", "lip", 0.061)]
    [TestCase("MobileNetV2-0.35x", "self-attentive, reduced", 0.060)]
    [TestCase("ResNet18", "strided", 2.07)]
    public void Table_6_has_the_printed_value_beside_every_setting(string network, string method, double printed) =>
        Assert.That(
            Costs.Where(row => row.Network == network && row.Method == method).Select(row => row.PaperMultiplyAdds / 1e9), Is.Not.Empty.And.All.EqualTo(printed));

    [Test]
    public void The_difference_is_in_percent_of_the_printed_value() =>
        Assert.That(Costs.Single(row => row is { Network: "MobileNetV2", Method: "strided", ImageSize: 224 }).DifferencePercent,
            Is.EqualTo(Math.Round(100 * (300.774272 / 303 - 1), 1)));

    // Elements: of the largest layer, of all outputs of convolutions.
    [TestCase(1, 1.0, 1505280, 6678112)]
    [TestCase(1, 0.35, 752640, 2862776)]
    [TestCase(2, 1.0, 551936, 2002144)]
    [TestCase(2, 0.35, 351232, 880352)]
    [TestCase(4, 1.0, 551936, 826672)]
    [TestCase(4, 0.35, 351232, 379616)]
    public void The_table_of_memory_has_the_counts_of_strided_networks(int firstStride, double width, long layer, long sum)
    {
        MemoryRow row = Memory.Single(row => row.Method == "strided" && row.S1 == firstStride && row.Width == width);
        Assert.That(row.LayerPeakBytes, Is.EqualTo(layer * sizeof(float)));
        Assert.That(row.ConvolutionBytes, Is.EqualTo(sum * sizeof(float)));
        Assert.That(row.ConvolutionFactor, Is.EqualTo(Math.Round(6678112.0 / sum, 2)));
        Assert.That(row.LayerPeakFactor, Is.EqualTo(Math.Round(1505280.0 / layer, 2)));
    }

    [Test]
    public void The_claims_on_memory_stand_beside_the_narrow_networks() =>
        Assert.That(Memory.Select(row => row.PaperFactor), Is.EqualTo(new double?[] { null, null, null, 11, 22, 22, null, null, null, 11, 22, 22 }));

    [Test]
    public void Rows_are_written_and_read_as_csv()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder["table6.csv"], Costs);
        CsvFile.Write(folder["memory.csv"], Memory);
        Assert.That(File.ReadLines(folder["table6.csv"]).First(), Is.EqualTo(
            "table,network,method,placement,image_size,classes,architecture,width,parameters,convolution,linear,projection,attention,multiply_adds,peak_bytes,"
            + "paper_multiply_adds,difference_percent"));
        Assert.That(File.ReadLines(folder["memory.csv"]).First(), Is.EqualTo(
            "table,network,method,s1,architecture,width,image_size,classes,convolution_bytes,layer_peak_bytes,peak_bytes,peak_layer,"
            + "convolution_factor,layer_peak_factor,peak_factor,paper_factor"));
        Assert.That(CsvFile.Read<MemoryRow>(folder["memory.csv"]), Is.EqualTo(Memory));
    }
}
