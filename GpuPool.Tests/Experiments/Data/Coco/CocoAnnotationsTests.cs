using System.Text;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Coco;

namespace GpuPool.Tests.Experiments.Data.Coco;

public sealed class CocoAnnotationsTests
{
    private const string Images = """[{"id":7,"file_name":"a.jpg","width":20,"height":10}]""";
    private const string Categories = """[{"id":1,"name":"person"}]""";
    private const string Good = """{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,3.5,4],"area":9}""";

    [Test]
    public void Lists_come_in_any_order_and_what_is_not_needed_is_passed_over()
    {
        using var folder = new TemporaryFolder();
        CocoAnnotations coco = Read(folder,
            """
            {"annotations":[{"segmentation":[[1,2,[3]],{"counts":[1]}],"id":3,"image_id":7,"category_id":90,"bbox":[1,2,3.5,4e0],"area":9.5,"iscrowd":1}],
             "info":{"images":[1]},"licenses":null,"categories":[{"supercategory":"x","id":90,"name":"tooth\u0062rush"}],
             "images":[{"id":7,"width":20,"file_name":"train2014/a.jpg","height":10,"license":4}]}
            """);
        Assert.That(coco.Images, Is.EqualTo(new[] { new CocoImage(7, "train2014/a.jpg", 20, 10) }));
        Assert.That(coco.Objects, Is.EqualTo(new[] { new CocoObject(3, 7, 90, new CocoBox(1, 2, 3.5, 4), 9.5, IsCrowd: true) }));
        Assert.That(coco.Categories, Is.EqualTo(new[] { new CocoCategory(90, "toothbrush") }));
        Assert.That(coco.ObjectsIn(coco.Images[0]), Is.EqualTo(coco.Objects));
    }

    [Test]
    public void Without_an_area_that_of_the_box_is_taken()
    {
        using var folder = new TemporaryFolder();
        CocoAnnotations coco = Read(folder, Json(Images, """[{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,3.5,4]}]"""));
        Assert.That(coco.Objects[0].Area, Is.EqualTo(14));
    }

    [Test]
    public void A_file_of_many_pieces_is_read_like_one()
    {
        // Texts of growing length, so that tokens meet the ends of pieces at every place; the last is longer than a piece.
        IEnumerable<string> images = Enumerable.Range(0, 3000)
            .Select(i => $$"""{"note":"{{new string('x', i == 2999 ? 200_000 : i % 97)}}","id":{{i}},"file_name":"ü{{i}}.jpg","width":{{i + 1}},"height":5}""");
        using var folder = new TemporaryFolder();
        CocoAnnotations coco = Read(folder, Json($"[{string.Join(",\n", images)}]", "[]"));
        Assert.That(coco.Images, Is.EqualTo(Enumerable.Range(0, 3000).Select(i => new CocoImage(i, $"ü{i}.jpg", i + 1, 5))));
    }

    [TestCase("train", 166, 1580, 15)]
    [TestCase("val", 193, 1735, 20)]
    public void Real_annotations_of_COCO_are_read_whole(string split, int images, int objects, int crowds)
    {
        CocoAnnotations coco = CocoAnnotations.Read(Shared.Require($"data/coco-mini/instances_{split}.json"));
        Assert.That((coco.Images.Count, coco.Objects.Count, coco.Categories.Count), Is.EqualTo((images, objects, 80)));
        Assert.That(coco.Objects.Count(item => item.IsCrowd), Is.EqualTo(crowds));
        Assert.That(coco.Images.Sum(image => coco.ObjectsIn(image).Count()), Is.EqualTo(objects));
    }

    [TestCase("", "byte 0: the file is not JSON from here on")]
    [TestCase("[]", "byte 0: the file must hold an object")]
    [TestCase("{\"images\":[", "byte 11: the file is not JSON from here on")]
    [TestCase("{\"images\":[]} x", "byte 14: the file is not JSON from here on")]
    [TestCase("{\"images\":{}}", "byte 10: 'images' must be a list and occur once")]
    [TestCase("{\"images\":[],\"images\":[]}", "byte 22: 'images' must be a list and occur once")]
    [TestCase("{\"images\":[],\"annotations\":[]}", "file.json has no list 'categories'")]
    [TestCase("{\"images\":[{\"id\":NaN}]}", "byte 17: the file is not JSON from here on")]
    [TestCase("{\"images\":[7]}", "byte 11: images[0] must be an object")]
    public void What_is_no_annotation_file_is_corrupt_with_its_place(string json, string part) => AssertCorrupt(json, part);

    [TestCase("""[{"id":7,"file_name":"a.jpg","width":20}]""", "images[0] must have id, file_name, width and height")]
    [TestCase("""[{"id":"7","file_name":"a.jpg","width":20,"height":10}]""", "images[0] must have a whole number as id")]
    [TestCase("""[{"id":7.5,"file_name":"a.jpg","width":20,"height":10}]""", "images[0] must have a whole number as id")]
    [TestCase("""[{"id":7,"file_name":[["a.jpg"]],"width":20,"height":10}]""", "images[0] must have a text as file_name")]
    [TestCase("""[{"id":7,"file_name":"a.jpg","width":-20,"height":10}]""", "images[0] has a width or height that is not 1 to 65536")]
    [TestCase("""[{"id":7,"file_name":"a.jpg","width":20,"height":0}]""", "images[0] has a width or height that is not 1 to 65536")]
    [TestCase("""[{"id":7,"file_name":"../a.jpg","width":20,"height":10}]""", "images[0] has a file_name that leads out of the folder of the images")]
    [TestCase("""[{"id":7,"file_name":"a/..\\..\\b.jpg","width":20,"height":10}]""", "images[0] has a file_name that leads out of the folder of the images")]
    [TestCase("""[{"id":7,"file_name":"/etc/passwd","width":20,"height":10}]""", "images[0] has a file_name that leads out of the folder of the images")]
    [TestCase("""[{"id":7,"file_name":"C:\\a.jpg","width":20,"height":10}]""", "images[0] has a file_name that leads out of the folder of the images")]
    [TestCase("""[{"id":7,"file_name":"a\u0000.jpg","width":20,"height":10}]""", "images[0] has a file_name that leads out of the folder of the images")]
    [TestCase("""[{"id":7,"file_name":"a.jpg","width":2,"height":1},{"id":7,"file_name":"b.jpg","width":2,"height":1}]""", "images[1] has the id 7 of an earlier image")]
    public void A_wrong_image_is_corrupt_with_its_place(string images, string part) => AssertCorrupt(Json(images, "[]"), part);

    [TestCase("""{"id":3,"image_id":7,"category_id":1,"area":9}""", "annotations[1] must have id, image_id, category_id and bbox")]
    [TestCase("""{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,3],"area":9}""", "annotations[1] must have x, y, width and height as bbox")]
    [TestCase("""{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,3,4,5],"area":9}""", "annotations[1] must have x, y, width and height as bbox")]
    [TestCase("""{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,3,"4"],"area":9}""", "annotations[1] must have a finite number as bbox")]
    [TestCase("""{"id":3,"image_id":7,"category_id":1,"bbox":{"x":1},"area":9}""", "annotations[1] must have a list as bbox")]
    [TestCase("""{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,-3,4],"area":9}""", "annotations[1] has a bbox of negative size")]
    [TestCase("""{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,3,4],"area":-1}""", "annotations[1] has a negative area")]
    [TestCase("""{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,3,4],"area":1e999}""", "annotations[1] must have a finite number as area")]
    [TestCase("""{"id":3,"image_id":7,"category_id":1,"bbox":[1,2,3,4],"area":9,"iscrowd":2}""", "annotations[1] has an iscrowd that is neither 0 nor 1")]
    [TestCase("""{"id":2,"image_id":7,"category_id":1,"bbox":[1,2,3,4],"area":9}""", "annotations[1] has the id 2 of an earlier annotation")]
    [TestCase("""{"id":3,"image_id":8,"category_id":1,"bbox":[1,2,3,4],"area":9}""", "annotation 3 is of image 8, which the file does not have")]
    [TestCase("""{"id":3,"image_id":7,"category_id":2,"bbox":[1,2,3,4],"area":9}""", "annotation 3 is of category 2, which the file does not have")]
    public void A_wrong_annotation_is_corrupt_with_its_place(string annotation, string part)
    {
        string json = Json(Images, $"[{Good.Replace("3,", "2,", StringComparison.Ordinal)},{annotation}]");
        AssertCorrupt(json, $"byte {json.IndexOf(annotation, StringComparison.Ordinal)}: {part}");
    }

    [Test]
    public void All_faults_are_found_when_reading_goes_on()
    {
        string json = Json(
            """[{"id":7,"file_name":"../a","width":2,"height":1},{"id":8,"file_name":"b","width":{"a":[0]},"height":1},[{}],{"id":9,"file_name":"c","width":2,"height":1}]""",
            $"[{Good},{Good},5]");
        using var folder = new TemporaryFolder();
        List<string> faults = [];
        CocoAnnotations coco = CocoReader.Read(
            folder.Write("file.json", Encoding.UTF8.GetBytes(json)), new Reading(fault => faults.Add(fault.Fault!.What), CacheBytes: 0));
        Assert.That(faults, Is.EqualTo(new[]
        {
            "images[0] has a file_name that leads out of the folder of the images",
            "images[1] must have a whole number as width",
            "images[2] must be an object",
            "annotations[1] has the id 3 of an earlier annotation",
            "annotations[2] must be an object",
        }));
        Assert.That(coco.Images, Is.EqualTo(new[] { new CocoImage(9, "c", 2, 1) }));
        Assert.That(coco.Objects, Has.Count.EqualTo(1));
    }

    [Test]
    public void Memory_does_not_grow_with_what_is_passed_over()
    {
        string outline = string.Join(',', Enumerable.Repeat("123.25", 500_000));
        string json = Json(Images, $"[{Good.Replace("\"area\"", $"\"segmentation\":[[{outline}]],\"area\"", StringComparison.Ordinal)}]");
        using var folder = new TemporaryFolder();
        string path = folder.Write("file.json", Encoding.UTF8.GetBytes(json));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(CocoAnnotations.Read(path).Objects, Has.Count.EqualTo(1));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Below(json.Length / 10));
    }

    [Test]
    public void A_single_value_of_16_MiB_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("file.json", Encoding.UTF8.GetBytes("{\"info\":\"" + new string('x', 17 << 20)));
        Assert.That(() => CocoAnnotations.Read(path), Refused.With(ExitCode.DataCorrupt).Message.Contains("byte 8: a single value has more than 16777216 bytes"));
    }

    private static string Json(string images, string annotations) => $$"""{"images":{{images}},"annotations":{{annotations}},"categories":{{Categories}}}""";

    private static CocoAnnotations Read(TemporaryFolder folder, string json) => CocoAnnotations.Read(folder.Write("file.json", Encoding.UTF8.GetBytes(json)));

    private static void AssertCorrupt(string json, string part)
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => Read(folder, json), Refused.With(ExitCode.DataCorrupt).Message.Contains(part).And.Message.StartsWith(folder.Path));
    }
}
