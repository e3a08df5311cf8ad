using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Flows;

/// <summary>Who has an address, as it was answered to where it was asked for.</summary>
/// <param name="Vlan">The id of the tag that the question had; 0 for none.</param>
/// <param name="IsRouter">As an advertisement says it (RFC 4861 section 4.4).</param>
/// <param name="Lease">What the node may say it under.</param>
public readonly record struct NeighborAnswer(FlowInput Input, ushort Vlan, IpAddress Target, MacAddress Owner, bool IsRouter, GatewayLease Lease = GatewayLease.None);
