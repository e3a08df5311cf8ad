namespace Vicinal.Packets;

/// <summary>
/// Merges the TCP segments of a received batch, several flows at a time. The order within a flow stays as it was: what cannot be
/// merged ends its flow's super-packet. Owned by the thread that receives; allocates nothing after construction.
/// </summary>
/// <param name="capacity">The largest batch.</param>
/// <param name="flows">How many flows are open at a time; the oldest gives way.</param>
public sealed class ReceiveCoalescer(int capacity, int flows = 8)
{
    private readonly TcpCoalescer[] _open = [.. Enumerable.Range(0, flows).Select(_ => new TcpCoalescer())];
    private readonly PacketBuffer[] _freed = new PacketBuffer[capacity];
    private int _oldest;

    /// <summary>
    /// Puts what is left of the batch to its front, in order of arrival, and returns its count. The buffers behind it hold nothing
    /// any more and are the caller's to reuse.
    /// </summary>
    public int Merge(Span<PacketBuffer> batch)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batch.Length, _freed.Length);
        int kept = 0;
        int freed = 0;
        foreach (PacketBuffer packet in batch)
        {
            if (IsSwallowed(packet))
            {
                _freed[freed++] = packet;
            }
            else
            {
                batch[kept++] = packet;
            }
        }

        foreach (TcpCoalescer flow in _open)
        {
            flow.Complete();
        }

        _freed.AsSpan(0, freed).CopyTo(batch[kept..]);
        return kept;
    }

    private bool IsSwallowed(PacketBuffer packet)
    {
        if (PacketHeaders.Parse(packet.Span, out PacketHeaders h) != ParseResult.Ok || h.Protocol != IpProtocol.Tcp)
        {
            return false;
        }

        TcpCoalescer flow = FlowFor(in h);
        if (flow.TryAppend(packet, in h))
        {
            return true;
        }

        flow.Complete();
        flow.TryBegin(packet, in h);
        return false;
    }

    /// <summary>The flow's own, else a free one, else the one that has been open for longest.</summary>
    private TcpCoalescer FlowFor(in PacketHeaders h)
    {
        TcpCoalescer? free = null;
        foreach (TcpCoalescer candidate in _open)
        {
            if (candidate.IsSameFlow(in h))
            {
                return candidate;
            }

            free ??= candidate.Head is null ? candidate : null;
        }

        if (free is not null)
        {
            return free;
        }

        _oldest = (_oldest + 1) % _open.Length;
        return _open[_oldest];
    }
}
