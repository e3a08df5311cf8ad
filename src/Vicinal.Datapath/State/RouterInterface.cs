using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>A router's port on a segment. Every node answers for it to its own ports.</summary>
internal sealed class RouterInterface(RouterInterfaceRow row, Router router, Segment segment)
{
    public RouterInterfaceRow Row { get; } = row;

    public Router Router { get; } = router;

    public Segment Segment { get; } = segment;

    public MacAddress Mac => Row.Mac;

    public IpAddress LinkLocal { get; } = IpAddress.LinkLocalFor(row.Mac);

    public bool HasAddress(IpAddress address)
    {
        foreach (InterfaceAddress own in Row.Addresses)
        {
            if (own.Address == address)
            {
                return true;
            }
        }

        return address == LinkLocal;
    }

    /// <summary>The address that the router speaks from towards a destination on this segment: on its subnet, or else the first of the family.</summary>
    public IpAddress? SourceFor(IpAddress destination)
    {
        IpAddress? first = null;
        foreach (InterfaceAddress own in Row.Addresses)
        {
            if (own.Prefix.Contains(destination))
            {
                return own.Address;
            }

            if (own.Address.IsIpv4 == destination.IsIpv4)
            {
                first ??= own.Address;
            }
        }

        return first ?? (destination.IsIpv6 ? LinkLocal : null);
    }
}
