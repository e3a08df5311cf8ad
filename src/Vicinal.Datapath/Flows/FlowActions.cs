using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Flows;

/// <summary>Where the packets of a flow leave. A tunnel's fields are 0 elsewhere.</summary>
/// <param name="Index">The device of a port, or the index of a physical network.</param>
/// <param name="MaxL3Length">The MTU that the output has for this flow; 0 for none.</param>
/// <param name="PortKeys">Ingress key in the high half, egress key in the low one; null leaves the Geneve option out.</param>
public readonly record struct FlowOutput(
    FlowOutputKind Kind,
    uint Index = 0,
    int MaxL3Length = 0,
    Encapsulation Encapsulation = default,
    IpAddress TunnelRemote = default,
    uint Vni = 0,
    uint? PortKeys = null)
{
    public static FlowOutput Tunnel(Encapsulation encapsulation, IpAddress remote, uint vni, ushort ingressPortKey, ushort egressPortKey, int maxL3Length) =>
        new(FlowOutputKind.Tunnel, 0, maxL3Length, encapsulation, remote, vni, ((uint)ingressPortKey << 16) | egressPortKey);
}

/// <summary>Composes actions from what a walk did.</summary>
public static class FlowActions
{
    /// <summary>SYN, FIN and RST change a connection, so the tracker has to see them.</summary>
    private const TcpFlags Turning = TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst;

    /// <summary>
    /// The action that makes of the headers as they came the headers as the walk left them. The walk changes MACs, VLAN, TTL,
    /// addresses, ports and ICMP identifiers, and nothing else. Connections, generations and a deadline are the caller's to add.
    /// </summary>
    public static FlowAction FromDifference(in PacketHeaders before, in PacketHeaders after, in FlowOutput output)
    {
        FlowAction action = new()
        {
            OutputKind = output.Kind,
            OutputIndex = output.Index,
            MaxL3Length = (ushort)Math.Clamp(output.MaxL3Length, 0, ushort.MaxValue),
            Encapsulation = output.Encapsulation,
            TunnelRemote = output.TunnelRemote,
            Vni = output.Vni,
            PortKeys = output.PortKeys.GetValueOrDefault(),
            Rewrites = output.PortKeys is null ? Rewrite.None : Rewrite.PortKeys,
        };
        AddLinkLayer(ref action, in before, in after);
        if (before.IsIp)
        {
            AddNetworkLayer(ref action, in before, in after);
            AddTransport(ref action, in before, in after);
        }

        return action;
    }

    /// <summary>
    /// A drop to remember for a short time. A TCP drop is remembered for packets with the same flags only: a stray ACK
    /// must not close the door to the SYN after it.
    /// </summary>
    public static FlowAction Drop(in PacketHeaders headers, DropReason reason, long deadline)
    {
        const TcpFlags Kind = Turning | TcpFlags.Ack;
        bool tcp = headers.IsIp && headers.Protocol == IpProtocol.Tcp;
        return new FlowAction
        {
            OutputKind = FlowOutputKind.Drop,
            DropReason = reason,
            Deadline = deadline,
            TcpMask = tcp ? Kind : TcpFlags.None,
            TcpValue = tcp ? headers.TcpFlags & Kind : TcpFlags.None,
        };
    }

    private static void AddLinkLayer(ref FlowAction action, in PacketHeaders before, in PacketHeaders after)
    {
        if (before.DestinationMac != after.DestinationMac)
        {
            action.Rewrites |= Rewrite.DestinationMac;
            action.DestinationMac = new PackedMac(after.DestinationMac);
        }

        if (before.SourceMac != after.SourceMac)
        {
            action.Rewrites |= Rewrite.SourceMac;
            action.SourceMac = new PackedMac(after.SourceMac);
        }

        action.VlanId = after.HasVlan ? after.VlanId : (ushort)0;
        action.Rewrites |= (before.HasVlan, after.HasVlan) switch
        {
            (false, true) => Rewrite.VlanPush,
            (true, false) => Rewrite.VlanPop,
            (true, true) when before.VlanId != after.VlanId => Rewrite.VlanSet,
            _ => Rewrite.None,
        };
    }

    private static void AddNetworkLayer(ref FlowAction action, in PacketHeaders before, in PacketHeaders after)
    {
        action.TtlDecrement = (byte)(before.Ttl - after.Ttl);

        // What a router forwards has to have some of its life left (RFC 1812 section 5.3.1).
        action.MinTtl = action.TtlDecrement == 0 ? (byte)0 : (byte)(action.TtlDecrement + 1);
        ushort difference = 0;
        if (before.Source != after.Source)
        {
            action.Rewrites |= Rewrite.Source;
            action.Source = after.Source;
            difference = Checksum.Difference(before.Source, after.Source);
        }

        if (before.Destination != after.Destination)
        {
            action.Rewrites |= Rewrite.Destination;
            action.Destination = after.Destination;
            difference = Checksum.Add(difference, Checksum.Difference(before.Destination, after.Destination));
        }

        action.HeaderDifference = before.IsIpv4 ? difference : (ushort)0;

        // What carries the number of the other family's ICMP is no ICMP, and has no checksum that is known here.
        bool covered = before.HasTransport && IpProtocol.PseudoHeaderChecksumOffset(before.Protocol) >= 0;
        action.PseudoHeaderDifference = covered ? difference : (ushort)0;
        action.TransportDifference = action.PseudoHeaderDifference;
    }

    private static void AddTransport(ref FlowAction action, in PacketHeaders before, in PacketHeaders after)
    {
        action.TcpMask = before.Protocol == IpProtocol.Tcp ? Turning : TcpFlags.None;
        if (before.IsIcmpQuery && before.IcmpId != after.IcmpId)
        {
            action.Rewrites |= Rewrite.IcmpId;
            action.SourcePort = after.IcmpId;
            AddDifference(ref action, before.IcmpId, after.IcmpId);
        }

        if (!before.HasPorts)
        {
            return;
        }

        if (before.SourcePort != after.SourcePort)
        {
            action.Rewrites |= Rewrite.SourcePort;
            action.SourcePort = after.SourcePort;
            AddDifference(ref action, before.SourcePort, after.SourcePort);
        }

        if (before.DestinationPort != after.DestinationPort)
        {
            action.Rewrites |= Rewrite.DestinationPort;
            action.DestinationPort = after.DestinationPort;
            AddDifference(ref action, before.DestinationPort, after.DestinationPort);
        }
    }

    private static void AddDifference(ref FlowAction action, ushort old, ushort value) =>
        action.TransportDifference = Checksum.Add(action.TransportDifference, Checksum.Difference(old, value));
}
