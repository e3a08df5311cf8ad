using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>
/// The data path of one node: forwarding state, connections, flow cache and the pipeline over them. All members are called
/// on one thread, the data-path thread; time is a monotonic count of milliseconds that the caller reads. It does no I/O.
/// </summary>
public sealed class Node
{
    private readonly NodeSettings _settings;
    private readonly IPacketOutput _output;

    public Node(NodeSettings settings, IPacketOutput output)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(output);
        _settings = settings;
        _output = output;
    }

    public NodeCounters Counters { get; } = new();

    /// <summary>Raised on the data-path thread after a change to <see cref="Owned"/>.</summary>
    public event Action? OwnedChanged;

    /// <summary>The MACs that the host's own stack must not hear frames for.</summary>
    public IReadOnlyCollection<OwnedAddress> Owned => [];

    public IEnumerable<PortView> Ports => [];

    public IEnumerable<NeighborView> Neighbors => [];

    /// <summary>Puts and removes rows; their order does not matter, and rows may refer to others that come later.</summary>
    public void Apply(ReadOnlySpan<RowChange> changes, long now) => OwnedChanged?.Invoke();

    /// <summary>The tap of a local port is there; its row may come later.</summary>
    public void AttachPort(Guid portId, int device)
    {
    }

    public void DetachPort(Guid portId)
    {
    }

    /// <summary>Decides one packet and sends what comes of it; the buffer may be changed and is the caller's again afterwards.</summary>
    public void Receive(in PacketSource source, PacketBuffer packet, long now) => Counters.CountDrop(DropReason.UnknownSegment);

    /// <summary>Runs the timers that are due: expiry, neighbour retransmits, announcements. Call it every 10 to 100 ms.</summary>
    public void Tick(long now)
    {
    }

    /// <summary>The walk that <see cref="Receive"/> would take, explained; it changes nothing and sends nothing.</summary>
    public TraceResult Trace(in PacketSource source, ReadOnlySpan<byte> frame, long now) =>
        new([], Disposition.Dropped, DropReason.UnknownSegment, []);
}
