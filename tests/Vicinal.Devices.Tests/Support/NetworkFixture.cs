using System.Globalization;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Devices.Tests.Support;

/// <summary>All tests that make namespaces run one after the other; the fixture first clears away what a crashed run left.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NetworkCollection : ICollectionFixture<NetworkFixture>
{
    public const string Name = "network namespaces";
}

public sealed class NetworkFixture
{
    /// <summary>Names are prefix, process id, dash and a word, so that a sweep can tell the living from the dead.</summary>
    public const string Prefix = "vdt";

    private static int _count;

    public NetworkFixture()
    {
        if (Environment.UserName != "root")
        {
            throw new InvalidOperationException(
                "These tests make network namespaces. Run them as root, or as: unshare -Urnm dotnet test --project tests/Vicinal.Devices.Tests");
        }

        foreach (string name in NetworkNamespace.List().Where(IsLeftOver))
        {
            NetworkNamespace.Open(name).Delete();
        }
    }

    public static string Unique(string word) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _count)}{word}");

    private static bool IsLeftOver(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && int.TryParse(name[Prefix.Length..].Split('-')[0], CultureInfo.InvariantCulture, out int pid)
        && pid != Environment.ProcessId
        && !Directory.Exists($"/proc/{pid}");
}
