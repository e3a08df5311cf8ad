using Vicinal.Datapath;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Bench.Pipeline;

/// <summary>Where a measured node's packets end: counted, and the last one to a NIC kept while the bench sets up.</summary>
internal sealed class CountingOutput : IPacketOutput
{
    public long Ports { get; private set; }

    public long Tunnels { get; private set; }

    public long Nics { get; private set; }

    public bool Keeps { get; set; }

    public byte[] LastToNic { get; private set; } = [];

    public void ToPort(int device, PacketBuffer packet) => Ports++;

    public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos) => Tunnels++;

    public void ToPhysical(int index, PacketBuffer packet)
    {
        Nics++;
        if (Keeps)
        {
            LastToNic = packet.Span.ToArray();
        }
    }

    public void ToHost(int index, PacketBuffer packet)
    {
    }
}
