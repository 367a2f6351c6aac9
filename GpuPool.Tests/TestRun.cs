using System.Security;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace GpuPool.Tests;

/// <summary>Runs tests by their names (a regular expression) on a machine without an SDK, in one thread, as a GPU is better not shared: <c>tools/gpu-check.sh</c> takes this program there. Long tests are left out.</summary>
internal sealed class TestRun : ITestListener
{
    private int _passed, _failed, _skipped;

    public static int Main(string[] names)
    {
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        runner.Load(typeof(TestRun).Assembly, new Dictionary<string, object> { [NUnit.FrameworkPackageSettings.NumberOfTestWorkers] = 0 });
        var run = new TestRun();
        string name = SecurityElement.Escape(names.Length > 0 ? names[0] : ".*");
        runner.Run(run, TestFilter.FromXml($"<filter><and><test re='1'>{name}</test><not><cat>Nightly</cat></not></and></filter>"));
        Console.WriteLine($"{run._passed} passed, {run._failed} failed, {run._skipped} skipped");
        return run._failed == 0 && run._passed > 0 ? 0 : 1;
    }

    public void TestFinished(ITestResult result)
    {
        if (result.Test.IsSuite)
            return;
        switch (result.ResultState.Status)
        {
            case TestStatus.Passed:
                _passed++;
                break;
            case TestStatus.Failed:
                _failed++;
                Console.WriteLine($"FAILED {result.FullName}: {result.Message}");
                break;
            default:
                _skipped++;
                break;
        }
    }

    public void TestStarted(ITest test) { }

    public void TestOutput(TestOutput output) { }

    public void SendMessage(TestMessage message) { }
}
