using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>A router's interface as it speaks on the wire of a flat or VLAN network, where the active gateway alone shows its MAC.</summary>
/// <remarks>It has its router's generation, which moves on the node that gains or loses the role.</remarks>
internal sealed class InterfaceOwner(RouterInterface port) : ProviderOwner(port.Router, port.Segment, port.Router.Slot)
{
    public RouterInterface Interface { get; } = port;

    public override MacAddress Mac => Interface.Mac;

    public override Origin Origin => Interface.Row.Origin;

    public override IEnumerable<IpAddress> Addresses => Interface.Row.Addresses.Select(a => a.Address).Append(Interface.LinkLocal);

    public override GatewayLease Lease => Router.Lease;
}
