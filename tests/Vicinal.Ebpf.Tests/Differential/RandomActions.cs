using System.Buffers.Binary;
using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>
/// Actions for a packet's flow, as walks make them: from the difference between its headers and changed ones. Bounds are then moved to just where the
/// packet is, on either side.
/// </summary>
internal sealed class RandomActions(Random random, RandomPackets packets, IpAddress[] peers)
{
    public const int Physical = 3;

    public FlowAction Next(in PacketHeaders before, in Offload offload)
    {
        if (random.Next(16) == 0)
        {
            return FlowActions.Drop(in before, DropReason.Malformed, 0);
        }

        PacketHeaders after = Changed(in before);
        FlowOutput output = Output(ref after);
        FlowAction action = FlowActions.FromDifference(in before, in after, in output);
        if (output.Kind == FlowOutputKind.Tunnel)
        {
            action.TunnelSourcePort = (ushort)random.Next(49152, 65536);
        }

        MoveBounds(ref action, in before, in offload);
        return action;
    }

    /// <summary>Writes the transport checksum that the action makes zero, which UDP must not send.</summary>
    public void AimAtZero(in FlowAction action, in PacketHeaders h, Span<byte> frame)
    {
        int offset = IpProtocol.PseudoHeaderChecksumOffset(h.Protocol);
        if (h.HasTransport && offset >= 0 && action.TransportDifference != 0 && random.Next(4) == 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[(h.L4Offset + offset)..], action.TransportDifference);
        }
    }

    private PacketHeaders Changed(in PacketHeaders before)
    {
        PacketHeaders after = before;
        after.DestinationMac = Half() ? Mac() : before.DestinationMac;
        after.SourceMac = Half() ? Mac() : before.SourceMac;
        if (!before.IsIp)
        {
            return after;
        }

        after.Ttl = (byte)(before.Ttl - (Half() ? random.Next(3) : 0));
        after.Source = Half() ? packets.Address(before.IsIpv4) : before.Source;
        after.Destination = Half() ? packets.Address(before.IsIpv4) : before.Destination;
        after.SourcePort = Half() ? Port(before.SourcePort) : before.SourcePort;
        after.DestinationPort = Half() ? Port(before.DestinationPort) : before.DestinationPort;
        after.IcmpId = Half() ? Port(before.IcmpId) : before.IcmpId;
        return after;
    }

    private FlowOutput Output(ref PacketHeaders after)
    {
        int mtu = random.Next(8) == 0 ? random.Next(1 << 16) : 0;
        switch (random.Next(10))
        {
            case < 4:
                return new FlowOutput(FlowOutputKind.Port, (uint)random.Next(1, 100), mtu);
            case < 8:
                Encapsulation encapsulation = (Encapsulation)random.Next((int)Encapsulation.Geneve, (int)Encapsulation.Gre + 1);
                return new FlowOutput(
                    FlowOutputKind.Tunnel, 0, mtu, encapsulation, peers[random.Next(peers.Length)], (uint)random.NextInt64(encapsulation == Encapsulation.Gre ? 1L << 32 : 1 << 24),
                    encapsulation == Encapsulation.Geneve && Half() ? (uint)random.NextInt64() : null);
            default:
                after.Flags |= Half() ? HeaderFlags.Vlan : 0;
                after.VlanTci = (ushort)random.Next(1, 4095);
                return new FlowOutput(FlowOutputKind.Physical, Physical, mtu);
        }
    }

    private void MoveBounds(ref FlowAction action, in PacketHeaders before, in Offload offload)
    {
        int length = FlowAction.SegmentLength(in before, in offload);
        switch (random.Next(12))
        {
            case 0:
                action.MaxL3Length = (ushort)Math.Clamp(length + random.Next(-1, 2), 0, ushort.MaxValue);
                break;
            case 1:
                action.MinTtl = (byte)Math.Clamp(before.Ttl + random.Next(-1, 2), 0, 255);
                break;
            case 2:
                action.TcpMask = (TcpFlags)random.Next(256);
                action.TcpValue = (Half() ? before.TcpFlags : (TcpFlags)random.Next(256)) & action.TcpMask;
                break;
            default:
                break;
        }
    }

    /// <summary>The ends of the range are where sums have two zeros.</summary>
    private ushort Port(ushort before) => random.Next(8) switch
    {
        0 => 0,
        1 => ushort.MaxValue,
        2 => (ushort)(before + 1),
        _ => (ushort)random.Next(1 << 16),
    };

    private MacAddress Mac() => new((ulong)random.NextInt64(1L << 48) & ~(1UL << 40));

    private bool Half() => random.Next(2) == 0;
}
