namespace Vicinal.Packets;

/// <summary>
/// Merges the TCP segments of a received batch, several flows at a time. The order within a flow stays as it was: what cannot be
/// merged ends its flow's super-packet. Owned by the thread that receives; allocates nothing after construction.
/// </summary>
/// <param name="capacity">The largest batch.</param>
/// <param name="flows">How many flows are open at a time; one gives way to the next, in turn.</param>
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

        foreach (TcpCoalescer flow in _open)
        {
            if (flow.IsSameFlow(in h))
            {
                return flow.TryAppend(packet, in h) || Reopen(flow, packet, in h);
            }
        }

        // A bare acknowledgment begins nothing, so it need not push a flow out.
        return h.PayloadLength != 0 && Reopen(FreeFlow(), packet, in h);
    }

    /// <returns>False: the packet stays in the batch.</returns>
    private static bool Reopen(TcpCoalescer flow, PacketBuffer packet, in PacketHeaders h)
    {
        flow.Complete();
        flow.TryBegin(packet, in h);
        return false;
    }

    private TcpCoalescer FreeFlow()
    {
        foreach (TcpCoalescer candidate in _open)
        {
            if (candidate.Head is null)
            {
                return candidate;
            }
        }

        _oldest = (_oldest + 1) % _open.Length;
        return _open[_oldest];
    }
}
