using System.Diagnostics;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Packets;

namespace Vicinal.Bench.Wire.Measures;

/// <summary>What the sender's kernel puts into the headers of a packet along a path, for frames made by hand.</summary>
internal static class NextHop
{
    public static FrameEnds Resolve(Path path)
    {
        // "10.2.0.5 via 10.1.0.1 dev eth0 src 10.1.0.9 uid 0", without "via" on the same network.
        string[] route = IpCommand.Run("-n", path.From, "route", "get", path.Address).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        IpAddress destination = IpAddress.Parse(path.Address);
        IpAddress next = Array.IndexOf(route, "via") is >= 0 and int via ? IpAddress.Parse(route[via + 1]) : destination;
        IpAddress source = IpAddress.Parse(route[Array.IndexOf(route, "src") + 1]);
        using Rtnetlink links = Rtnetlink.Open(NetworkNamespace.Open(path.From));
        MacAddress own = links.GetLink("eth0").MacAddress;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < 5)
        {
            if (links.Neighbours().FirstOrDefault(neighbour => neighbour.Address == next && neighbour.MacAddress != default) is { } found)
            {
                return new FrameEnds(own, found.MacAddress, source, destination);
            }

            _ = Ping.Run(path, 1, Pause.Busy);
        }

        throw new LabException($"nobody answers for {next} along '{path.What}'");
    }
}
