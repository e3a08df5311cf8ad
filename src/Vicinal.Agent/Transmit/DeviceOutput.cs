using Vicinal.Agent.Wiring;
using Vicinal.Datapath;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Transmit;

/// <summary>The node's outputs as devices. Owned by the data-path thread.</summary>
internal sealed class DeviceOutput : IPacketOutput
{
    private readonly Dictionary<int, Tap> _taps = [];
    private readonly List<TransmitQueue> _dirty = [];
    private IReadOnlyList<Nic> _nics = [];
    private Tunnels? _tunnels;
    private TransmitQueue? _services;

    /// <param name="services">Towards the node's own sockets for instances; null where there are none.</param>
    public void Use(IReadOnlyList<Nic> nics, Tunnels tunnels, TransmitQueue? services)
    {
        _nics = nics;
        _tunnels = tunnels;
        _services = services;
    }

    public void Add(Tap tap) => _taps[tap.Index] = tap;

    public void Remove(Tap tap)
    {
        _taps.Remove(tap.Index);
        _dirty.Remove(tap.Queue);
    }

    public void ToPort(int device, PacketBuffer packet)
    {
        if (_taps.TryGetValue(device, out Tap? tap))
        {
            Add(tap.Queue, packet);
        }
    }

    public void ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos) =>
        _tunnels!.Send(remote, encapsulation, packet, flowHash, tos);

    public void ToPhysical(int index, PacketBuffer packet) => Add(_nics[index].Queue, packet);

    public void ToHost(int index, PacketBuffer packet) => Add(_nics[index].HostQueue, packet);

    public void ToService(PacketBuffer packet)
    {
        if (_services is not null)
        {
            Add(_services, packet);
        }
    }

    /// <summary>Sends what waits, after each round of received batches.</summary>
    public void Flush()
    {
        foreach (TransmitQueue queue in _dirty)
        {
            queue.Flush();
        }

        _dirty.Clear();
        _tunnels!.Flush();
    }

    /// <summary>Throws away what waits to go out of NICs.</summary>
    public void DiscardToNics()
    {
        foreach (Nic nic in _nics)
        {
            nic.Queue.Discard();
        }
    }

    private void Add(TransmitQueue queue, PacketBuffer packet)
    {
        if (!queue.IsDirty)
        {
            _dirty.Add(queue);
        }

        queue.Add(packet);
    }
}
