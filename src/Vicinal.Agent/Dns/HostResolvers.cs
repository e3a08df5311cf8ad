using System.Net;

namespace Vicinal.Agent.Dns;

/// <summary>The name servers that the node itself asks.</summary>
internal static class HostResolvers
{
    public const string File = "/etc/resolv.conf";

    /// <summary>What can be read of the file; a line that is no name server is none of ours.</summary>
    public static IReadOnlyList<IPEndPoint> Read(string file = File)
    {
        try
        {
            return Parse(System.IO.File.ReadAllLines(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    internal static IReadOnlyList<IPEndPoint> Parse(IEnumerable<string> lines) =>
    [
        .. from line in lines
            let words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            where words is ["nameserver", _, ..] && IPAddress.TryParse(words[1], out _)
            select new IPEndPoint(IPAddress.Parse(words[1]), 53),
    ];
}
