using Vicinal.Packets;

namespace Vicinal.Devices;

/// <summary>
/// One end of a cable in memory, for tests and simulations: what one end sends the other receives, in order. Both ends belong to one
/// thread. The queue is bounded; frames beyond it are dropped, as on a real link.
/// </summary>
public sealed class MemoryDevice : IFrameDevice
{
    private readonly Queue<PacketBuffer> _inbox = new();
    private readonly Stack<PacketBuffer> _free = new();
    private readonly int _queueLength;
    private MemoryDevice? _peer;

    private MemoryDevice(string name, MacAddress mac, int mtu, int queueLength)
    {
        Name = name;
        MacAddress = mac;
        Mtu = mtu;
        _queueLength = queueLength;
    }

    public string Name { get; }

    public MacAddress MacAddress { get; }

    public int Mtu { get; }

    public int PollHandle => -1;

    public DeviceState State => _peer is null ? DeviceState.Gone : DeviceState.Up;

    public DeviceCounters Counters { get; } = new();

    /// <summary>Frames that wait to be received here.</summary>
    public int Waiting => _inbox.Count;

    public static (MemoryDevice A, MemoryDevice B) CreatePair(
        string nameA, MacAddress macA, string nameB, MacAddress macB, int mtu = 1500, int queueLength = 1024)
    {
        MemoryDevice a = new(nameA, macA, mtu, queueLength);
        MemoryDevice b = new(nameB, macB, mtu, queueLength);
        a._peer = b;
        b._peer = a;
        return (a, b);
    }

    public int Receive(Span<PacketBuffer> frames)
    {
        int count = 0;
        while (count < frames.Length && _inbox.TryDequeue(out PacketBuffer? waiting))
        {
            PacketBuffer frame = frames[count++];
            frame.CopyFrom(waiting);
            _free.Push(waiting);
            Counters.ReceivedFrames++;
            Counters.ReceivedBytes += frame.Length;
        }

        return count;
    }

    public int Send(ReadOnlySpan<PacketBuffer> frames)
    {
        int sent = 0;
        foreach (PacketBuffer frame in frames)
        {
            if (frame.Length > Mtu + EthernetOverhead && frame.Offload.Gso == GsoType.None)
            {
                Counters.SendErrors++;
            }
            else if (_peer is null || !_peer.Enqueue(frame))
            {
                Counters.SendDropped++;
            }
            else
            {
                sent++;
                Counters.SentFrames++;
                Counters.SentBytes += frame.Length;
            }
        }

        return sent;
    }

    /// <summary>Pulls the cable: both ends are gone.</summary>
    public void Dispose()
    {
        if (_peer is { } peer)
        {
            _peer = null;
            peer._peer = null;
        }
    }

    /// <summary>An Ethernet header with two VLAN tags.</summary>
    private const int EthernetOverhead = 14 + 8;

    private bool Enqueue(PacketBuffer frame)
    {
        if (_inbox.Count >= _queueLength)
        {
            return false;
        }

        PacketBuffer copy = _free.TryPop(out PacketBuffer? free) && free.Room.Length >= frame.Length
            ? free
            : new PacketBuffer(PacketBuffer.Headroom + Math.Max(frame.Length, 2048));
        copy.CopyFrom(frame);
        _inbox.Enqueue(copy);
        return true;
    }
}
