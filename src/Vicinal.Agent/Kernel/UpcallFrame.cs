using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Ebpf;
using Vicinal.Ebpf.Layout;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Kernel;

/// <summary>Makes of a frame that came up from the programs the packet that came in, and says where it did. Pure; trusts nothing in it.</summary>
internal static class UpcallFrame
{
    private const int EthernetHeaderSize = 14;

    /// <summary>Takes the upcall's header off and makes good what the programs took out. False, and the frame is noise, for what no program sent.</summary>
    /// <param name="physicals">The indexes of the physical networks by the interface index of their NICs.</param>
    /// <param name="datagram">
    /// Not 0: the frame holds several tunnel packets one behind the other, each so long but for the last. A peer on the same machine sends them as
    /// one (UDP_SEGMENT), and a NIC's receive offload joins them so.
    /// </param>
    public static bool TryDecode(PacketBuffer frame, IReadOnlyDictionary<int, int> physicals, out PacketSource source, out int datagram)
    {
        source = default;
        datagram = 0;
        if (frame.Length < UpcallHeader.Size + EthernetHeaderSize)
        {
            return false;
        }

        UpcallHeader header = MemoryMarshal.Read<UpcallHeader>(frame.Span);
        if (BinaryPrimitives.ReverseEndianness(header.EtherTypeWire) != UpcallHeader.EtherType || header.Version != FastPath.LayoutVersion
            || header.InterfaceIndex is 0 or > int.MaxValue)
        {
            return false;
        }

        Strip(frame, UpcallHeader.Size);
        if (header.Kind == UpcallKind.Tunnel)
        {
            return TryDecodeTunnel(frame, in header, out source, out datagram);
        }

        if (header.Flags.HasFlag(UpcallFlags.Vlan))
        {
            FrameTag.Insert(frame, FrameTag.EtherType8021Q, header.VlanTci);
        }

        int physical = -1;
        bool known = header.Kind == UpcallKind.Port || (header.Kind == UpcallKind.Physical && physicals.TryGetValue((int)header.InterfaceIndex, out physical));
        source = header.Kind == UpcallKind.Port ? PacketSource.LocalPort((int)header.InterfaceIndex) : PacketSource.Physical(Math.Max(0, physical));
        return known;
    }

    private static bool TryDecodeTunnel(PacketBuffer frame, in UpcallHeader header, out PacketSource source, out int datagram)
    {
        datagram = 0;
        Encapsulation encapsulation = (Encapsulation)header.Encapsulation;
        source = PacketSource.Tunnel(header.Remote, header.Tos, encapsulation);
        if (encapsulation is not (Encapsulation.Geneve or Encapsulation.Vxlan or Encapsulation.Gre) || header.Flags.HasFlag(UpcallFlags.Vlan))
        {
            return false;
        }

        if (header.Flags.HasFlag(UpcallFlags.Decapsulated))
        {
            if (header.Vni > 0xFF_FFFF || encapsulation == Encapsulation.Gre)
            {
                return false;
            }

            PushHeader(frame, encapsulation, header.Vni);
            return true;
        }

        if (header.Payload == 0 || header.Payload >= frame.Length)
        {
            return false;
        }

        if (frame.Offload.Gso == GsoType.UdpL4 && frame.Offload.ChecksumStart < header.Payload && encapsulation != Encapsulation.Gre)
        {
            datagram = frame.Offload.GsoSize;
            frame.Offload = default;
        }

        Strip(frame, header.Payload);
        return true;
    }

    /// <summary>The offsets move along. A checksum that begins in front of what is left was of the outer header, and nobody asks for it.</summary>
    private static void Strip(PacketBuffer frame, int bytes)
    {
        frame.Pull(bytes);
        if (frame.Offload.NeedsChecksum && frame.Offload.ChecksumStart < bytes)
        {
            frame.Offload.NeedsChecksum = false;
        }

        frame.Offload.ChecksumStart = (ushort)Math.Max(0, frame.Offload.ChecksumStart - bytes);
        frame.Offload.HeaderLength = (ushort)Math.Max(0, frame.Offload.HeaderLength - bytes);
    }

    /// <summary>The header that the device took off, as far as the node asks.</summary>
    private static void PushHeader(PacketBuffer frame, Encapsulation encapsulation, uint vni)
    {
        const int Size = VxlanHeader.Size;
        Span<byte> header = frame.Push(Size);
        if (encapsulation == Encapsulation.Vxlan)
        {
            new VxlanHeader(vni).Write(header);
        }
        else
        {
            new GeneveHeader(vni, EtherType.TransparentBridging, false, false, 0, 0).Write(header);
        }

        if (frame.Offload.NeedsChecksum)
        {
            frame.Offload.ChecksumStart += Size;
        }

        if (frame.Offload.Gso != GsoType.None)
        {
            frame.Offload.HeaderLength += Size;
        }
    }
}
