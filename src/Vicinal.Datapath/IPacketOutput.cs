using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>
/// Where a node's packets leave: devices in the agent, queues in simulation and tests. Called on the data-path thread.
/// A packet is the node's again when the call returns, so an implementation that keeps it copies it.
/// </summary>
public interface IPacketOutput
{
    void ToPort(int device, PacketBuffer packet);

    /// <summary>The tunnel header is already pushed; UDP and IP are the implementation's.</summary>
    /// <param name="flowHash">Of the inner flow, the same for all its packets: chooses the outer UDP source port.</param>
    /// <param name="tos">The outer TOS or traffic class (RFC 6040).</param>
    void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos);

    void ToPhysical(int index, PacketBuffer packet);

    /// <summary>Up into the node's own stack, as if it had come in on the NIC.</summary>
    void ToHost(int index, PacketBuffer packet);

    /// <summary>To the node's own sockets for instances; nowhere on a node without <see cref="NodeSettings.HasServices"/>.</summary>
    void ToService(PacketBuffer packet)
    {
    }
}
