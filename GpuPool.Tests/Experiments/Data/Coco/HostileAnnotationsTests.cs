using System.Diagnostics;
using System.Text;
using GpuPool.Experiments;
using GpuPool.Experiments.Data.Coco;

namespace GpuPool.Tests.Experiments.Data.Coco;

public sealed class HostileAnnotationsTests
{
    [TestCase(200)]
    [TestCase(5000, Category = "Nightly")]
    public void A_changed_file_is_read_or_refused_by_name(int trials)
    {
        byte[] file = Encoding.UTF8.GetBytes(
            """
            {"info":{"year":2017},"images":[{"id":7,"file_name":"a/b.jpg","width":20,"height":10},{"id":8,"file_name":"c.jpg","width":2,"height":3}],
             "annotations":[{"id":3,"image_id":7,"category_id":1,"segmentation":[[1,2,3]],"bbox":[1,2,3.5,4],"area":9,"iscrowd":0}],"categories":[{"id":1,"name":"person"}]}
            """);
        var random = new Random(8);
        using var folder = new TemporaryFolder();
        int refused = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            string path = folder.Write("file.json", Damage.Some(file, random));
            long before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            try
            {
                CocoAnnotations.Read(path);
            }
            catch (GpuPoolException exception)
            {
                refused++;
                Assert.That(exception.Code, Is.EqualTo(ExitCode.DataCorrupt));
                Assert.That(exception.Fault!.File, Is.EqualTo(path));
                Assert.That(exception.Message, Does.Not.Contain('\n'));
            }
            Assert.That(watch.Elapsed.TotalSeconds, Is.LessThan(5));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        }
        Assert.That(refused, Is.GreaterThan(trials / 3));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(1));
    }
}
