namespace GpuPool.Experiments.Tables;

/// <summary>
/// Every number that the paper prints in its Tables 2 to 7, to the digit, by table, network and our name of the method. Tables 2, 3, 5 and 7 are accuracies in
/// percent for s1 = 1, 2, 4, as far as the line goes; Table 4 is mAP in percent at IoU 0.5, 0.75 and [0.5, 0.95] and for large, medium and small objects; Table 6
/// is FLOPs in billions.
/// </summary>
internal static class PaperValues
{
    private static readonly Dictionary<string, decimal[]> Lines = new()
    {
        ["table2/MobileNetV2/strided"] = [79.69m, 72.49m, 36.49m],
        ["table2/MobileNetV2/lip"] = [79.16m, 68.23m, 36.50m],
        ["table2/MobileNetV2/gaussian"] = [81.50m, 74.56m, 33.31m],
        ["table2/MobileNetV2/rnnpool"] = [81.62m, 74.62m, 37.42m],
        ["table2/MobileNetV2/self-attentive"] = [81.75m, 75.39m, 40.66m],
        ["table2/MobileNetV2/self-attentive, pruned"] = [82.38m, 74.12m, 37.44m],
        ["table2/MobileNetV2-0.35x/strided"] = [69.89m, 63.72m, 31.45m],
        ["table2/MobileNetV2-0.35x/lip"] = [73.02m, 65.91m, 33.97m],
        ["table2/MobileNetV2-0.35x/gaussian"] = [71.67m, 67.88m, 35.03m],
        ["table2/MobileNetV2-0.35x/rnnpool"] = [72.90m, 67.41m, 35.09m],
        ["table2/MobileNetV2-0.35x/self-attentive"] = [77.99m, 69.30m, 36.68m],
        ["table2/MobileNetV2-0.35x/self-attentive, pruned"] = [77.43m, 68.08m, 33.30m],
        ["table2/ResNet18/strided"] = [79.80m, 76.05m, 66.49m],
        ["table2/ResNet18/lip"] = [81.94m, 80.53m, 78.55m],
        ["table2/ResNet18/gaussian"] = [81.57m, 78.70m, 74.61m],
        ["table2/ResNet18/rnnpool"] = [81.80m, 80.26m, 78.62m],
        ["table2/ResNet18/self-attentive"] = [82.25m, 81.11m, 79.39m],
        ["table2/ResNet18/self-attentive, pruned"] = [82.68m, 79.81m, 76.19m],

        ["table3/MobileNetV2-0.35x/strided"] = [91.72m, 83.52m, 78.83m],
        ["table3/MobileNetV2-0.35x/lip"] = [91.24m, 83.30m, 79.48m],
        ["table3/MobileNetV2-0.35x/gaussian"] = [91.09m, 82.81m, 79.51m],
        ["table3/MobileNetV2-0.35x/rnnpool"] = [90.85m, 83.41m, 79.20m],
        ["table3/MobileNetV2-0.35x/self-attentive"] = [91.86m, 83.87m, 80.21m],
        ["table3/MobileNetV2-0.35x/self-attentive, pruned"] = [91.60m, 82.46m, 76.11m],

        ["table4/SSD MobileNetV2/strided"] = [36.30m, 23.00m, 21.90m, 44.60m, 14.40m, 0.80m],
        ["table4/SSD MobileNetV2/lip"] = [37.50m, 23.10m, 22.30m, 44.80m, 15.30m, 0.90m],
        ["table4/SSD MobileNetV2/gaussian"] = [37.00m, 24.00m, 22.80m, 46.50m, 16.00m, 0.70m],
        ["table4/SSD MobileNetV2/self-attentive"] = [38.00m, 24.50m, 23.30m, 47.00m, 16.50m, 0.80m],
        ["table4/SSD ResNet18/strided"] = [38.80m, 24.70m, 23.40m, 47.00m, 15.70m, 1.10m],
        ["table4/SSD ResNet18/lip"] = [40.60m, 25.10m, 24.20m, 47.80m, 18.00m, 1.70m],
        ["table4/SSD ResNet18/gaussian"] = [40.40m, 24.90m, 24.10m, 47.20m, 17.70m, 1.40m],
        ["table4/SSD ResNet18/self-attentive"] = [41.60m, 25.40m, 24.90m, 48.80m, 19.30m, 1.60m],
        ["table4/Faster R-CNN ResNet18/strided"] = [63.60m, 40.80m, 38.70m, 52.70m, 36.70m, 21.00m],
        ["table4/Faster R-CNN ResNet18/lip"] = [65.30m, 42.00m, 39.90m, 52.10m, 39.00m, 23.90m],
        ["table4/Faster R-CNN ResNet18/gaussian"] = [55.30m, 33.10m, 31.80m, 44.40m, 29.10m, 16.00m],
        ["table4/Faster R-CNN ResNet18/self-attentive"] = [65.50m, 42.60m, 40.00m, 51.50m, 39.90m, 22.80m],

        ["table5/MobileNetV2/strided"] = [70.02m, 60.18m],
        ["table5/MobileNetV2/lip"] = [71.62m, 61.86m],
        ["table5/MobileNetV2/gaussian"] = [72.02m, 61.24m],
        ["table5/MobileNetV2/rnnpool"] = [70.97m, 59.24m],
        ["table5/MobileNetV2/self-attentive"] = [72.88m, 62.89m],
        ["table5/MobileNetV2-0.35x/strided"] = [56.64m, 49.20m],
        ["table5/MobileNetV2-0.35x/lip"] = [58.24m, 49.95m],
        ["table5/MobileNetV2-0.35x/gaussian"] = [59.26m, 49.91m],
        ["table5/MobileNetV2-0.35x/rnnpool"] = [57.80m, 49.10m],
        ["table5/MobileNetV2-0.35x/self-attentive"] = [60.92m, 51.16m],

        ["table6/MobileNetV2/self-attentive"] = [0.272m],
        ["table6/MobileNetV2/lip"] = [0.264m],
        ["table6/MobileNetV2/gaussian"] = [0.295m],
        ["table6/MobileNetV2/strided"] = [0.303m],
        ["table6/MobileNetV2-0.35x/self-attentive"] = [0.06m],
        ["table6/MobileNetV2-0.35x/lip"] = [0.061m],
        ["table6/MobileNetV2-0.35x/gaussian"] = [0.059m],
        ["table6/MobileNetV2-0.35x/strided"] = [0.065m],
        ["table6/ResNet18/self-attentive"] = [1.82m],
        ["table6/ResNet18/lip"] = [1.93m],
        ["table6/ResNet18/gaussian"] = [1.77m],
        ["table6/ResNet18/strided"] = [2.07m],

        ["table7/ResNet18/without bn1 outer"] = [80.34m, 78.45m],
        ["table7/ResNet18/without bn2 outer"] = [82.01m, 80.36m],
        ["table7/ResNet18/without exp outer"] = [81.95m, 80.00m],
        ["table7/ResNet18/without pe outer"] = [82.01m, 79.73m],
        ["table7/ResNet18/without sigmoid outer"] = [10.00m, 10.00m],
        ["table7/MobileNetV2/attention inner"] = [13.44m],
        ["table7/MobileNetV2/attention outer"] = [13.23m],
        ["table7/ResNet18/attention inner"] = [26.17m],
        ["table7/ResNet18/attention outer"] = [58.71m],
        ["table7/ResNet18/self-attentive outer"] = [82.25m, 81.11m],
        ["table7/ResNet18/self-attentive inner"] = [81.45m, 79.17m],
        ["table7/MobileNetV2/self-attentive outer"] = [79.45m, 68.81m],
        ["table7/MobileNetV2/self-attentive inner"] = [81.75m, 75.39m],
    };

    /// <summary>The values of a line in the order of its columns; none where the paper has no such line.</summary>
    /// <param name="table">Name of the table, for example <c>table2</c>.</param>
    /// <param name="line">Network and method, for example <c>ResNet18/self-attentive</c>, in Table 7 with the placement: <c>ResNet18/self-attentive inner</c>.</param>
    public static IReadOnlyList<decimal> Of(string table, string line) => Lines.GetValueOrDefault($"{table}/{line}", []);
}
