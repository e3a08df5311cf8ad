using Vicinal.Datapath.Flows;
using Vicinal.Ebpf.Layout;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>
/// What the agent's own data path does: parser, key, preconditions and executor are its own; the rule of RFC 6040 and the outer headers are written down
/// here once more.
/// </summary>
internal static class Oracle
{
    private const byte Congestion = 3;

    public static Case FromPort(byte[] frame, Offload offload, uint interfaceIndex)
    {
        UpcallHeader up = new() { Kind = UpcallKind.Port, InterfaceIndex = interfaceIndex };
        return Read(frame, offload, frame, new FlowInput(FlowInputKind.LocalPort, interfaceIndex), up, 0);
    }

    public static Case FromWire(byte[] frame, Offload offload, uint interfaceIndex, uint physical, MacAddress own)
    {
        UpcallHeader up = new() { Kind = UpcallKind.Physical, InterfaceIndex = interfaceIndex };
        Case read = Read(frame, offload, frame, new FlowInput(FlowInputKind.Physical, physical), up, 0);
        return MacAddress.Read(frame) == own && !IsNeighborTalk(frame) ? read : read with { Settled = Fate.Passed };
    }

    /// <param name="peer">The node's number for the far end; null for a stranger.</param>
    public static Case FromTunnel(TunnelPacket packet, uint interfaceIndex, uint? peer)
    {
        UpcallHeader up = new()
        {
            Kind = UpcallKind.Tunnel,
            InterfaceIndex = interfaceIndex,
            Encapsulation = (byte)packet.Encapsulation,
            Tos = packet.Tos,
            Payload = (ushort)packet.Payload,
            Remote = packet.Remote,
        };
        FlowInput input = new(FlowInputKind.Tunnel, packet.Vni, FlowInput.PeerOf(peer.GetValueOrDefault(), packet.Encapsulation));
        byte[]? inner = packet.Inner > 0 && peer is not null ? packet.Frame[packet.Inner..] : null;
        Case read = Read(packet.Frame, default, inner, input, up, packet.Tos);

        // GRE of strangers may be the host's own.
        bool passes = !packet.ForUs || (packet.Encapsulation == Encapsulation.Gre && peer is null);
        return passes ? read with { Settled = Fate.Passed } : read;
    }

    public static Outcome Judge(Case c, IpAddress tunnelLocal)
    {
        Outcome up = new(Fate.Up, c.Frame, Upcall: c.Upcall);
        if (c.Settled is { } settled)
        {
            return settled == Fate.Up ? up : new Outcome(settled, c.Frame);
        }

        if (c.Key is null || c.Action is not { } action || c.Stale || !action.Admits(c.Headers, c.Offload))
        {
            return up;
        }

        long segments = c.Offload.Gso == GsoType.None ? 1 : (c.Headers.PayloadLength + c.Offload.GsoSize - 1) / c.Offload.GsoSize;
        Outcome used = new(Fate.Dropped, c.Frame, segments, c.Headers.L3Length, (byte)c.Headers.TcpFlags);
        if (action.OutputKind == FlowOutputKind.Drop)
        {
            return used;
        }

        // The programs leave to the agent what the kernel cannot do in one go: frames that are not IP, and super-packets without a device.
        bool toTunnel = action.OutputKind == FlowOutputKind.Tunnel;
        if (toTunnel && (!c.Headers.IsIp || c.Offload.Gso != GsoType.None))
        {
            return up;
        }

        PacketBuffer packet = new();
        packet.CopyFrom(c.Plain);
        Executor.Execute(in action, packet, c.Headers);
        return used with { Fate = Fate.Carried, Output = toTunnel ? Encapsulated(in action, packet, c.Headers, tunnelLocal) : Untagged(packet) };
    }

    private static Case Read(byte[] frame, Offload offload, byte[]? plain, FlowInput input, UpcallHeader up, byte tos)
    {
        up.EtherTypeWire = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(UpcallHeader.EtherType);
        up.Version = FastPath.LayoutVersion;
        Case unusual = new(input.Kind, frame, offload, null, default, null, up, Fate.Up);
        if (plain is null || PacketHeaders.Parse(plain, out PacketHeaders h) != ParseResult.Ok || !FlowKey.TryFrom(in h, in input, out FlowKey key)
            || (input.Kind == FlowInputKind.Tunnel && !h.IsIp))
        {
            return unusual;
        }

        if ((tos & 3) == Congestion && (h.TrafficClass & 3) != Congestion)
        {
            if ((h.TrafficClass & 3) == 0)
            {
                return unusual;
            }

            plain = [.. plain];
            HeaderRewrite.SetTrafficClass(plain, ref h, (byte)(h.TrafficClass | Congestion));
        }

        return new Case(input.Kind, frame, offload, plain, h, key, up, null);
    }

    private static byte[] Encapsulated(in FlowAction action, PacketBuffer packet, in PacketHeaders h, IpAddress local) =>
        action.Encapsulation == Encapsulation.Gre
            ? OuterHeaders.Gre(local, action.TunnelRemote, h.TrafficClass, packet.Span)
            : OuterHeaders.Udp(local, action.TunnelRemote, action.TunnelSourcePort, OuterHeaders.PortOf(action.Encapsulation), h.TrafficClass, packet.Span);

    /// <summary>A tag that is put on is beside the frame and not in it, as far as a test run shows.</summary>
    private static byte[] Untagged(PacketBuffer packet)
    {
        if (VlanTag.TryRead(packet.Span, out _))
        {
            _ = VlanTag.TryPop(packet, out _);
        }

        return packet.Span.ToArray();
    }

    private static bool IsNeighborTalk(ReadOnlySpan<byte> frame) =>
        frame[12] == 8 && frame[13] == 6
        || (frame.Length >= 55 && frame[12] == 0x86 && frame[13] == 0xDD && frame[20] == IpProtocol.Icmpv6 && Icmpv6Type.IsNeighborDiscovery(frame[54]));
}
