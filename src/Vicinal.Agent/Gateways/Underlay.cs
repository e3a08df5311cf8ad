using System.Collections.Frozen;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Agent.Gateways;

/// <summary>
/// Where other nodes are, as seen from this one. What is said about gateways from elsewhere is not listened to, whatever its source address is: the host's own
/// stack takes in what is for the tunnel address by every interface that it has.
/// </summary>
/// <param name="OnLink">The prefix around the tunnel address: nodes in it are one hop away.</param>
/// <param name="Elsewhere">Interfaces by their index that lead to physical networks, on which instances and strangers are.</param>
internal sealed record Underlay(IpPrefix OnLink, FrozenSet<int> Elsewhere)
{
    /// <summary>Of the NIC that has the tunnel address, as it was read; 0 where none has, or only the loopback interface.</summary>
    public int Mtu { get; init; }

    /// <param name="mapped">The NICs of bridge mappings. One that has the tunnel address, too, leads to nodes as well; and where the address is on the
    /// loopback interface, any of them may.</param>
    public static Underlay Of(IpAddress tunnelAddress, IReadOnlyList<LinkAddress> addresses, IReadOnlyList<LinkInfo> links, IEnumerable<string> mapped)
    {
        LinkAddress? held = addresses.FirstOrDefault(address => address.Address == tunnelAddress);
        LinkInfo? tunnel = links.FirstOrDefault(link => link.Index == held?.LinkIndex);
        IEnumerable<int> elsewhere = tunnel is null or { IsLoopback: true }
            ? []
            : links.Where(link => mapped.Contains(link.Name) && link.Index != tunnel.Index).Select(link => link.Index);
        return new Underlay(new IpPrefix(tunnelAddress, held?.PrefixLength ?? tunnelAddress.Bits), elsewhere.ToFrozenSet())
        {
            Mtu = tunnel is { IsLoopback: false } ? tunnel.Mtu : 0,
        };
    }

    /// <param name="interfaceIndex">Where something came in.</param>
    public bool LeadsHere(int interfaceIndex) => !Elsewhere.Contains(interfaceIndex);
}
