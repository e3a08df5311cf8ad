using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>A router's port on its external segment.</summary>
internal sealed class Gateway : ProviderOwner
{
    public Gateway(ExternalGatewayRow row, Router router, Segment external, uint slot)
        : base(router, external, slot)
    {
        Row = row;
        foreach (InterfaceAddress address in row.Addresses)
        {
            if (address.Address.IsIpv4)
            {
                SnatAddress ??= address.Address;
            }
        }
    }

    public ExternalGatewayRow Row { get; }

    public IpAddress? SnatAddress { get; }

    public override MacAddress Mac => Row.Mac;

    public override Origin Origin => Row.Origin;

    public override GatewayLease Lease => Router.Lease;

    public override IEnumerable<IpAddress> Addresses =>
        Row.Addresses.Select(a => a.Address).Append(IpAddress.LinkLocalFor(Row.Mac));

    public bool HasAddress(IpAddress address)
    {
        foreach (InterfaceAddress own in Row.Addresses)
        {
            if (own.Address == address)
            {
                return true;
            }
        }

        return address == IpAddress.LinkLocalFor(Row.Mac);
    }

    /// <summary>The source of a packet that the router itself sends out here; null without an IPv4 address.</summary>
    public IpAddress? AddressOf(bool ipv4)
    {
        foreach (InterfaceAddress own in Row.Addresses)
        {
            if (own.Address.IsIpv4 == ipv4)
            {
                return own.Address;
            }
        }

        return ipv4 ? null : IpAddress.LinkLocalFor(Row.Mac);
    }
}
