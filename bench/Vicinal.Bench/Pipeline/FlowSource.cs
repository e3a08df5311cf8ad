using System.Buffers.Binary;
using Vicinal.Datapath;
using Vicinal.Packets;

namespace Vicinal.Bench.Pipeline;

/// <summary>
/// 64-byte UDP frames of any number of flows, which differ in their ports. They are visited in an order that jumps about, as packets
/// of many guests come. The payload makes up for the ports, so that the checksum holds for every flow.
/// </summary>
internal sealed class FlowSource
{
    private const int SourcePortOffset = EthernetHeader.Size + 20;
    private const int PortsOfSource = 50_000;

    // A prime far from any power of two: consecutive packets' entries share no page.
    private const long Stride = 611_953;

    private readonly byte[] _template;
    private readonly PacketSource _source;
    private readonly int _flows;
    private long _next;

    /// <summary>Milliseconds; stands still while flows are measured, so that none of them ages.</summary>
    public long Now { get; private set; } = NodeUnderTest.Start;

    public FlowSource(PacketSource source, FrameEnds ends, int flows)
    {
        _source = source;
        _flows = flows;
        _template = PacketBuilder.Udp(in ends, 0, 0, [0xFF, 0xFF, .. new byte[16]]);
    }

    public void Next(PacketBuffer packet)
    {
        _next = (_next + Stride) % _flows;
        packet.CopyFrom(_template);
        Span<byte> udp = packet.Span[SourcePortOffset..];
        uint source = 1024 + (uint)(_next % PortsOfSource);
        uint destination = 1 + (uint)(_next / PortsOfSource);
        SetPorts(udp, source, destination);
    }

    /// <summary>The first two bytes of the payload, 0xFFFF with both ports zero, keep the checksum as it is.</summary>
    public static void SetPorts(Span<byte> udp, uint source, uint destination)
    {
        uint sum = source + destination;
        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)source);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)destination);
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpHeader.Size..], (ushort)~sum);
    }

    public void Send(Node node, PacketBuffer packet, int packets)
    {
        for (int i = 0; i < packets; i++)
        {
            Next(packet);
            node.Receive(in _source, packet, Now);
        }
    }

    /// <summary>The same packets, handed over as many at a time as there are buffers.</summary>
    public void SendBatches(Node node, PacketBuffer[] batch, int packets)
    {
        for (int sent = 0; sent < packets; sent += batch.Length)
        {
            foreach (PacketBuffer packet in batch)
            {
                Next(packet);
            }

            node.ReceiveBatch(in _source, batch, Now);
        }
    }

    /// <summary>What making the packets of batches costs by itself.</summary>
    public void IdleBatches(PacketBuffer[] batch, int packets)
    {
        for (int made = 0; made < packets; made += batch.Length)
        {
            foreach (PacketBuffer packet in batch)
            {
                Next(packet);
            }
        }
    }

    /// <summary>Lets time go by until the node has forgotten all flows and connections, whose memory it then has at hand.</summary>
    public void LetAllExpire(Node node)
    {
        Now += 3_600_000;
        while (node.FlowCount > 0 || node.ConnectionCount > 0)
        {
            node.Tick(Now);
        }
    }

    /// <summary>What making the packets costs by itself.</summary>
    public void Idle(PacketBuffer packet, int packets)
    {
        for (int i = 0; i < packets; i++)
        {
            Next(packet);
        }
    }
}
