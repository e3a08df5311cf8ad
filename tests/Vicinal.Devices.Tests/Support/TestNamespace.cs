using System.Diagnostics;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;

namespace Vicinal.Devices.Tests.Support;

/// <summary>A namespace for one test, deleted with it.</summary>
public sealed class TestNamespace : IDisposable
{
    public TestNamespace(string word)
    {
        Namespace = NetworkNamespace.Create(NetworkFixture.Unique(word));
        Route = Rtnetlink.Open(Namespace);
    }

    public NetworkNamespace Namespace { get; }

    public Rtnetlink Route { get; }

    public T Run<T>(Func<T> work) => Namespace.Run(work);

    public void Run(Action work) => Namespace.Run(work);

    /// <summary>Sets links up and waits until they carry frames.</summary>
    public void SetUp(params string[] links)
    {
        foreach (string link in links)
        {
            Route.SetUp(link);
        }

        foreach (string link in links)
        {
            SpinWait.SpinUntil(() => Route.GetLink(link).HasCarrier, 2000).ShouldBeTrue($"{link} has no carrier");

            // The flag shows a moment before the queue is there; another request waits for the lock under which that happens.
            Route.SetUp(link);
        }
    }

    /// <summary>Runs a program to its end and returns its output; fails the test when it fails.</summary>
    public string Execute(string program, params string[] arguments)
    {
        (int code, string output) = TryExecute(program, arguments);
        code.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {output}");
        return output;
    }

    public (int Code, string Output) TryExecute(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    public Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo info = Namespace.StartInfo(program, arguments);
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        return Process.Start(info)!;
    }

    public void Dispose()
    {
        Route.Dispose();
        Namespace.Delete();
    }
}
