using System.Text;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Coco;

namespace GpuPool.Tests.Experiments.Data;

public sealed class VisualWakeWordsTests
{
    // Two pictures of 100 x 20 pixels: 0.5 % is 10.
    private static readonly CocoImage Image = new(1, "1.png", 100, 20), Other = new(2, "2.png", 100, 20);

    private static readonly byte[] Png = Pictures.Encode(Pictures.Noise(4, 3, seed: 1));

    [TestCase(10, 0, Description = "0.5 % is not more than 0.5 %")]
    [TestCase(10.001, 1)]
    [TestCase(0, 0)]
    public void A_person_counts_when_the_outline_takes_more_than_half_a_percent(double area, int label) =>
        Assert.That(Label(new CocoObject(1, 1, 9, new CocoBox(0, 0, 100, 20), area, IsCrowd: false)), Is.EqualTo(label));

    [Test]
    public void Crowds_count_other_things_and_other_pictures_do_not()
    {
        var box = new CocoBox(0, 0, 1, 1);
        Assert.That(Label(new CocoObject(1, 1, 9, box, 11, IsCrowd: true)), Is.EqualTo(1));
        Assert.That(Label(new CocoObject(1, 1, 8, box, 2000, IsCrowd: false)), Is.Zero);
        Assert.That(Label(new CocoObject(1, 2, 9, box, 2000, IsCrowd: false)), Is.Zero);
        Assert.That(Label(new CocoObject(1, 1, 9, box, 6, IsCrowd: false), new CocoObject(2, 1, 9, box, 6, IsCrowd: false)), Is.Zero, "they are not added up");
    }

    [Test]
    public void The_labels_of_real_pictures_are_those_of_an_independent_list()
    {
        string[][] list = [.. File.ReadLines(Path.Combine(Shared.Require("data/vww-mini"), "labels.csv")).Skip(1).Select(line => line.Split(','))];
        Dictionary<long, int> expected = list.ToDictionary(cells => long.Parse(cells[3]), cells => int.Parse(cells[1]));
        int compared = 0;
        foreach (string split in new[] { "train", "val" })
        {
            CocoAnnotations coco = CocoAnnotations.Read(Shared.Require($"data/coco-mini/instances_{split}.json"));
            foreach (CocoImage image in coco.Images.Where(image => expected.ContainsKey(image.Id)))
            {
                Assert.That(VisualWakeWords.Label(coco, image, coco.CategoriesNamed("person")), Is.EqualTo(expected[image.Id]), image.FileName);
                compared++;
            }
        }
        Assert.That(compared, Is.EqualTo(198));
    }

    [TestCase("data/coco-mini", "vww train", 166, 68, "vww val", 193, 93)]
    [TestCase("data/vww-mini", "vww train", 330, 165, "vww val", 112, 56)]
    public void Both_forms_are_opened_and_decoded(string data, string train, int trainCount, int trainPersons, string test, int testCount, int testPersons)
    {
        DatasetSplits splits = DatasetSource.Parse($"vww:{Shared.Require(data)}").Open();
        Assert.That(splits.Train.ClassNames, Is.EqualTo(new[] { "no_person", "person" }));
        Assert.That((splits.Train.Name, splits.Train.Count, Persons(splits.Train)), Is.EqualTo((train, trainCount, trainPersons)));
        Assert.That((splits.Test.Name, splits.Test.Count, Persons(splits.Test)), Is.EqualTo((test, testCount, testPersons)));
        Assert.That(splits.Test.Image(0).Width, Is.GreaterThan(100));
    }

    [Test]
    public void The_list_decides_what_is_tested_on()
    {
        using TemporaryFolder folder = Coco("2014");
        folder.Write("annotations/mscoco_minival_ids.txt", "2\r\n\n11 \n"u8.ToArray());
        DatasetSplits splits = Open(folder);
        Assert.That((splits.Train.Name, splits.Train.Count, Persons(splits.Train)), Is.EqualTo(("vww train", 2, 0)));
        Assert.That((splits.Test.Name, splits.Test.Count, Persons(splits.Test)), Is.EqualTo(("vww minival", 2, 2)));
        Assert.That(Enumerable.Range(0, 2).Select(i => splits.Test.Image(i).Width), Is.EqualTo(new[] { 4, 4 }), "pictures of both folders");
    }

    [Test]
    public void All_categories_of_the_name_person_count()
    {
        using TemporaryFolder folder = Coco("2014");
        folder.Write("annotations/instances_train2014.json", Encoding.UTF8.GetBytes(
            """
            {"images":[{"id":1,"file_name":"1.png","width":4,"height":3},{"id":2,"file_name":"2.png","width":4,"height":3}],
             "annotations":[{"id":1,"image_id":2,"category_id":7,"bbox":[0,0,4,3],"area":6}],"categories":[{"id":1,"name":"person"},{"id":7,"name":"person"}]}
            """));
        IDataset train = Open(folder).Train;
        Assert.That(Enumerable.Range(0, 2).Select(train.Label), Is.EqualTo(new[] { 0, 1 }));
    }

    [TestCase("mscoco_minival_ids.txt")]
    [TestCase("instances_train2014.json")]
    public void A_file_at_two_places_is_refused_with_both(string name)
    {
        using TemporaryFolder folder = Coco("2014");
        folder.Write($"annotations/{name}", name.EndsWith(".txt", StringComparison.Ordinal) ? "2\n"u8.ToArray() : Annotations(1, 2));
        folder.Write(name, name.EndsWith(".txt", StringComparison.Ordinal) ? "11\n"u8.ToArray() : Annotations(2, 1));
        Assert.That(() => Open(folder), Refused.With(ExitCode.DataCorrupt)
            .Message.Contains(Path.Combine("annotations", name)).And.Message.Contains(Path.Combine(folder.Path, name)));
    }

    [TestCase("2\nx\n", "byte 2: the line is not a number")]
    [TestCase("2\n-1\n", "byte 2: the line is not a number")]
    [TestCase("2\n11\n99", "byte 5: 99 is none of the annotated images")]
    [TestCase("2\n2\n", "byte 2: 2 is there twice")]
    [TestCase("\n", "holds no number")]
    public void A_wrong_list_is_corrupt_with_its_place(string list, string part)
    {
        using TemporaryFolder folder = Coco("2014");
        folder.Write("mscoco_minival_ids.txt", Encoding.UTF8.GetBytes(list));
        Assert.That(() => Open(folder), Refused.With(ExitCode.DataCorrupt).Message.Contains($"mscoco_minival_ids.txt").And.Message.Contains(part));
    }

    [TestCase("2017")]
    [TestCase("")]
    public void The_year_is_in_the_names_of_the_splits(string year)
    {
        using TemporaryFolder folder = Coco(year);
        Assert.That(Open(folder).Train.Name, Is.EqualTo($"vww train{year}"));
    }

    [Test]
    public void A_folder_that_is_not_there_is_said_to_be_missing()
    {
        using var folder = new TemporaryFolder();
        string nowhere = Path.Combine(folder.Path, "nowhere");
        Assert.That(() => VisualWakeWords.Open(nowhere, Reading.Strict), Refused.With(ExitCode.DataMissing).Message.Contains($"{nowhere} does not exist"));
    }

    [Test]
    public void What_is_not_there_is_said()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => Open(folder), Refused.With(ExitCode.DataMissing).Message.Contains("has no annotations: instances_train2017.json"));
        folder.Write("instances_train2014.json", Annotations(1, 2));
        folder.Write("instances_val2014.json", Annotations(10, 11));
        Assert.That(() => Open(folder), Refused.With(ExitCode.DataMissing).Message.Contains("neither of the folders train2014 and images/train2014"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "images"));
        Assert.That(() => Open(folder).Train.Image(0), Refused.With(ExitCode.DataMissing).Message.Contains($"{Path.Combine("images", "1.png")} does not exist"));
        folder.Write("instances_val2014.json", """{"images":[],"annotations":[],"categories":[{"id":1,"name":"person"}]}"""u8.ToArray());
        Assert.That(() => Open(folder), Refused.With(ExitCode.DataCorrupt).Message.Contains("instances_val2014.json has no image"));
        folder.Write("instances_val2014.json", """{"images":[],"annotations":[],"categories":[{"id":1,"name":"cat"}]}"""u8.ToArray());
        Assert.That(() => Open(folder), Refused.With(ExitCode.DataCorrupt).Message.Contains("has no category 'person'"));
        folder.Write("train/person/1.png", Png);
        folder.Write("train/people/1.png", Png);
        folder.Write("val/person/1.png", Png);
        folder.Write("val/people/1.png", Png);
        Assert.That(() => Open(folder), Refused.With(ExitCode.DataCorrupt).Message.Contains("train must have the folders no_person and person, and no others"));
    }

    private static int Label(params CocoObject[] objects) =>
        VisualWakeWords.Label(new CocoAnnotations([Image, Other], objects, [new CocoCategory(9, "person")]), Image, new HashSet<long> { 9 });

    private static int Persons(IDataset dataset) => Enumerable.Range(0, dataset.Count).Sum(dataset.Label);

    private static DatasetSplits Open(TemporaryFolder folder) => DatasetSource.Parse($"vww:{folder.Path}").Open();

    // Pictures 1 and 2 for training, 10 and 11 for testing; the second of each has a person.
    private static TemporaryFolder Coco(string year)
    {
        var folder = new TemporaryFolder();
        folder.Write($"annotations/instances_train{year}.json", Annotations(1, 2));
        folder.Write($"annotations/instances_val{year}.json", Annotations(10, 11));
        foreach ((string split, int id) in new[] { ("train", 1), ("train", 2), ("val", 10), ("val", 11) })
            folder.Write($"{split}{year}/{id}.png", Png);
        return folder;
    }

    private static byte[] Annotations(int without, int with) => Encoding.UTF8.GetBytes(
        $$"""
        {"images":[{"id":{{without}},"file_name":"{{without}}.png","width":4,"height":3},{"id":{{with}},"file_name":"{{with}}.png","width":4,"height":3}],
         "annotations":[{"id":1,"image_id":{{with}},"category_id":1,"bbox":[0,0,4,3],"area":6}],"categories":[{"id":1,"name":"person"}]}
        """);
}
