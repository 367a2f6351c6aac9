using System.Runtime.CompilerServices;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using PublicApiGenerator;

namespace GpuPool.Tests.Packages;

/// <summary>What the packages offer stands in a file of each, so that a change of it is seen. Delete the file and run the tests to make it anew.</summary>
public sealed class PublicApiTests
{
    [TestCase(typeof(Device))]
    [TestCase(typeof(Tensor))]
    [TestCase(typeof(Module))]
    public void Public_members_are_those_of_the_file(Type member)
    {
        string actual = member.Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false });
        string file = Path.Combine(Folder(), "..", "..", member.Assembly.GetName().Name!, "PublicApi.txt");
        if (!File.Exists(file))
            File.WriteAllText(file, actual);
        Assert.That(actual, Is.EqualTo(File.ReadAllText(file)), $"{file} is of another interface: delete it and run this test to make it anew");
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
