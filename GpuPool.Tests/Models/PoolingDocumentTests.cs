using System.Runtime.CompilerServices;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models;

public sealed class PoolingDocumentTests
{
    [Test]
    public void Every_method_is_explained_and_measured()
    {
        string document = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "docs", "pooling.md"));
        foreach (PoolingMethod method in PoolingMethod.All)
            Assert.That(document, Does.Contain($"`{method.Word}`").And.Contain(method == PoolingMethod.Strided ? "" : $"| {method.Word} "));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
