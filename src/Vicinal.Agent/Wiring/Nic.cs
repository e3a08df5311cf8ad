using Vicinal.Agent.Transmit;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Devices.Guards;
using Vicinal.Packets;

namespace Vicinal.Agent.Wiring;

/// <summary>
/// A NIC of a bridge mapping, shared with the node's own stack: the wire on one side, the host on the other. Owned by the
/// data-path thread.
/// </summary>
internal sealed class Nic : IDisposable
{
    private Nic(BridgeMappingSetting mapping, int index, PacketSocketDevice device, HostPort host)
    {
        PhysicalNetwork = mapping.PhysicalNetwork;
        Index = index;
        Device = device;
        Host = host;
        Queue = new TransmitQueue(device, coalesce: true);
        HostQueue = new TransmitQueue(host, coalesce: false);
    }

    public string PhysicalNetwork { get; }

    /// <summary>The place of the physical network in the node's settings.</summary>
    public int Index { get; }

    public PacketSocketDevice Device { get; }

    public HostPort Host { get; }

    public TransmitQueue Queue { get; }

    public TransmitQueue HostQueue { get; }

    /// <param name="hearsAll">False: a program in the kernel has what comes in for our own MACs.</param>
    public static Nic Open(BridgeMappingSetting mapping, int index, FrameGuard guard, bool hearsAll)
    {
        guard.GuardNic(mapping.Interface, []);
        PacketSocketHearing hearing = hearsAll ? PacketSocketHearing.All : PacketSocketHearing.GroupsAndNeighborTalk;
        PacketSocketDevice device = PacketSocketDevice.Open(mapping.Interface, HostPort.NicOptions with { Hears = hearing });
        try
        {
            return new Nic(mapping, index, device, HostPort.Open(mapping.Interface));
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    public void ReceiveFromWire(Node node) => Arrivals.Receive(node, Device, PacketSource.Physical(Index));

    public void ReceiveFromHost(Node node) => Arrivals.Receive(node, Host, PacketSource.Host(Index));

    /// <summary>Frames to these are ours: the host's stack does not see them, and what the host sends to them comes to us.</summary>
    public void SetOwnMacs(IReadOnlyCollection<MacAddress> macs, FrameGuard guard)
    {
        guard.SetOwnMacs(Device.Name, macs);
        Host.SetOwnMacs(macs);
    }

    public void Dispose()
    {
        Device.Dispose();
        Host.Dispose();
    }
}
