using System.Buffers.Binary;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>A tunnel packet as it comes by the NIC, and what the one who made it knows of it.</summary>
/// <param name="Payload">Offset of the tunnel header.</param>
/// <param name="Inner">Offset of the inner frame; 0 when only the agent may read this tunnel header.</param>
/// <param name="ForUs">To our address and one of the ports, and no fragment or the like: else it is the host's.</param>
internal sealed record TunnelPacket(
    byte[] Frame, Encapsulation Encapsulation, IpAddress Remote, uint Vni, byte Tos, int Payload, int Inner, bool ForUs);

/// <summary>Tunnel packets of peers and strangers, with all that receivers must ignore, refuse, or leave to the agent.</summary>
internal sealed class RandomTunnelPackets(Random random, RandomPackets packets, IpAddress local, IpAddress[] peers)
{
    public TunnelPacket Next()
    {
        Encapsulation encapsulation = (Encapsulation)random.Next((int)Encapsulation.Geneve, (int)Encapsulation.Gre + 1);
        IpAddress remote = random.Next(30) == 0 ? packets.Address(local.IsIpv4) : peers[random.Next(peers.Length)];
        byte tos = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)3;
        uint vni = (uint)random.NextInt64(encapsulation == Encapsulation.Gre ? 1L << 32 : 1 << 24);
        bool gre = encapsulation == Encapsulation.Gre;
        bool hosts = false;
        bool plain;
        byte[] header = gre ? Gre(ref vni, out plain, out hosts) : encapsulation == Encapsulation.Geneve ? Geneve(vni, out plain) : Vxlan(vni, out plain);
        byte[] inner = packets.Next();
        byte[] frame = gre
            ? OuterHeaders.Gre(remote, local, tos, [.. header, .. inner])
            : OuterHeaders.Udp(remote, local, (ushort)random.Next(1 << 16), OuterHeaders.PortOf(encapsulation), tos, [.. header, .. inner]);
        int payload = frame.Length - inner.Length - header.Length;
        bool ours = !Divert(ref frame) && !hosts;
        if (ours && random.Next(40) == 0)
        {
            // What is behind the outer packet's end is not of the inner one.
            frame = [.. frame, .. new byte[random.Next(1, 20)]];
            plain = false;
        }
        else if (ours && !gre && random.Next(40) == 0)
        {
            frame[payload - 3 - random.Next(2)] ^= (byte)random.Next(1, 256);
            plain = false;
        }

        return new TunnelPacket(frame, encapsulation, remote, vni, tos, payload, plain ? payload + header.Length : 0, ours);
    }

    /// <summary>Now and then the packet is another host's business: true.</summary>
    private bool Divert(ref byte[] frame)
    {
        Span<byte> ip = frame.AsSpan(14);
        int transport = local.IsIpv4 ? 20 : 40;
        switch (random.Next(60))
        {
            case 0:
                ip[transport - 1] ^= 1;
                break;
            case 1:
                ip[transport + 2] ^= 0x40;
                break;
            case 2 when local.IsIpv4:
                ip[6] |= 0x20;
                break;
            case 3 when local.IsIpv4:
                ip[0] = 0x46;
                frame = [.. frame.AsSpan(0, 34), 1, 1, 1, 0, .. frame.AsSpan(34)];
                ip = frame.AsSpan(14);
                BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
                break;
            case 4 when local.IsIpv4:
                ip[10] ^= 0x55;
                return true;
            case 5:
                ip[local.IsIpv4 ? 9 : 6] = IpProtocol.UdpLite;
                break;
            default:
                return false;
        }

        if (local.IsIpv4)
        {
            OuterHeaders.Seal(ip);
        }

        return true;
    }

    /// <summary>RFC 2890: with a key and what else is optional. Without the key, or around anything but Ethernet, it is the host's.</summary>
    /// <param name="vni">What stands where the key of the shortest header is.</param>
    private byte[] Gre(ref uint vni, out bool plain, out bool hosts)
    {
        byte[] header = [0x20, 0, 0x65, 0x58, .. new byte[4]];
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), vni);
        hosts = false;
        plain = true;
        switch (random.Next(16))
        {
            case 0:
                header[0] = 0;
                hosts = true;
                break;
            case 1:
                header[2 + random.Next(2)] ^= (byte)random.Next(1, 256);
                hosts = true;
                break;
            case 2:
                header = [0xB0, .. header[1..4], 9, 9, 0, 0, .. header[4..], 0, 0, 0, 1];
                vni = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
                plain = false;
                break;
            case 3:
                header[1] |= (byte)random.Next(1, 256);
                plain = false;
                break;
            default:
                break;
        }

        return header;
    }

    /// <summary>RFC 7348: reserved bits are ignored, the I flag is not.</summary>
    private byte[] Vxlan(uint vni, out bool plain)
    {
        byte[] header = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), (vni << 8) | (random.Next(10) == 0 ? (uint)random.Next(256) : 0));
        header[0] = random.Next(20) == 0 ? (byte)random.Next(256) : (byte)8;
        header[1] = random.Next(20) == 0 ? (byte)random.Next(256) : (byte)0;
        plain = (header[0] & 8) != 0;
        return header;
    }

    private byte[] Geneve(uint vni, out bool plain)
    {
        byte[] ours = [1, 2, 0x80, 1, 0, 1, 0, 2];
        byte[] strange = [1, 3, 0, 1, 9, 9, 9, 9];
        byte[] header = [0, 0, 0x65, 0x58, .. new byte[4]];
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), vni << 8);
        plain = true;
        switch (random.Next(24))
        {
            case < 10:
                return header;
            case < 20:
                header = [.. header, .. ours];
                header[0] = 2;
                header[1] = (byte)(random.Next(4) == 0 ? 0 : 0x40);
                return header;
            case 20:
                header = [.. header, .. strange];
                header[0] = 2;
                break;
            case 21:
                header = [.. header, .. strange, .. ours];
                header[0] = 4;
                break;
            case 22:
                header[1] = 0x80;
                break;
            default:
                header[random.Next(2) == 0 ? 0 : 2] |= 0x80;
                break;
        }

        plain = false;
        return header;
    }
}
