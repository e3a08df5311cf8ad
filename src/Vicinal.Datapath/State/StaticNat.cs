using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>A floating IP.</summary>
internal sealed class StaticNat(StaticNatRow row, Router router, Segment external, uint slot) : ProviderOwner(router, external, slot)
{
    public StaticNatRow Row { get; } = row;

    public override MacAddress Mac => Row.ExternalMac;

    public override Origin Origin => Row.Origin;

    public override IEnumerable<IpAddress> Addresses => [Row.ExternalAddress];

    public override GatewayLease Lease => Row.AtGateway ? Router.Lease : GatewayLease.None;

    public override bool IsRouter => false;

    /// <summary>Until then (in ms) this node, its owner before, translates what still comes by it; 0 for never.</summary>
    public long LingersUntil { get; set; }
}
