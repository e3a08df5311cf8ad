using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>A router's port on a segment. Nodes that route by themselves answer for it to their own ports, and on a wire the active gateway does.</summary>
internal sealed class RouterInterface
{
    public RouterInterface(RouterInterfaceRow row, Router router, Segment segment)
    {
        Row = row;
        Router = router;
        Segment = segment;
        LinkLocal = IpAddress.LinkLocalFor(row.Mac);
        Owner = new InterfaceOwner(this);
    }

    public RouterInterfaceRow Row { get; }

    public Router Router { get; }

    public Segment Segment { get; }

    /// <summary>As it speaks on a wire.</summary>
    public InterfaceOwner Owner { get; }

    public MacAddress Mac => Row.Mac;

    public IpAddress LinkLocal { get; }

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
