using Vicinal.Datapath;
using Vicinal.Devices.Tunnels;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Transmit;

/// <summary>
/// The node's end of one encapsulation. Super-packets are cut here, each segment with the tunnel header in front, and leave in
/// one call; what arrives joined is taken apart again, and the taps' receive offload joins the inner segments. Owned by the
/// data-path thread.
/// </summary>
internal sealed class TunnelEndpoint : IDisposable
{
    private const int BatchSize = 64;
    private const int LargestCopied = 4096;

    /// <summary>What one UDP_SEGMENT call takes.</summary>
    private const int MostSegments = 64;
    private const int MostSegmentedBytes = 65_400;

    private readonly ITunnelSocket _socket;
    private readonly Encapsulation _encapsulation;
    private readonly PacketBuffer[] _waiting = [.. Enumerable.Range(0, BatchSize).Select(_ => new PacketBuffer(PacketBuffer.Headroom + LargestCopied))];
    private readonly TunnelDeparture[] _departures = new TunnelDeparture[BatchSize];
    private readonly TunnelSendStatus[] _statuses = new TunnelSendStatus[BatchSize];
    private readonly PacketBuffer _run = new();
    private readonly PacketBuffer[] _received = [.. Enumerable.Range(0, BatchSize).Select(_ => new PacketBuffer())];
    private readonly TunnelArrival[] _arrivals = new TunnelArrival[BatchSize];
    private readonly TunnelBatch _batch;
    private readonly NodeCounters _counters;
    private int _count;

    private TunnelEndpoint(ITunnelSocket socket, Encapsulation encapsulation, NodeCounters counters)
    {
        _socket = socket;
        _encapsulation = encapsulation;
        _counters = counters;
        _batch = new TunnelBatch(encapsulation);
    }

    /// <summary>-1 when it only sends.</summary>
    public int PollHandle => _socket.PollHandle;

    public static TunnelEndpoint Open(IpAddress local, Encapsulation encapsulation, NodeCounters counters, TunnelSocketOptions options)
    {
        ITunnelSocket socket = encapsulation switch
        {
            Encapsulation.Geneve => TunnelSocket.Open(local, GeneveHeader.UdpPort, options),
            Encapsulation.Vxlan => TunnelSocket.Open(local, VxlanHeader.UdpPort, options),
            Encapsulation.Gre => GreSocket.Open(local, options),
            _ => throw new ArgumentOutOfRangeException(nameof(encapsulation), encapsulation, "no tunnel"),
        };
        return new TunnelEndpoint(socket, encapsulation, counters);
    }

    public void Receive(Node node)
    {
        int count = _socket.Receive(_received, _arrivals);
        long now = DataPathThread.Now;
        for (int i = 0; i < count; i++)
        {
            _batch.Add(node, in _arrivals[i], _received[i], now);
        }

        _batch.HandOver(node, now);
    }

    public void Send(IpAddress remote, PacketBuffer packet, uint flowHash, byte tos)
    {
        TunnelDeparture departure = new() { Remote = remote, FlowHash = flowHash, Tos = tos };
        if (packet.Offload.Gso != GsoType.None)
        {
            Flush();
            SendSegments(packet, departure);
            return;
        }

        if (packet.Offload.NeedsChecksum && !FinishInner(packet))
        {
            _counters.CountDrop(DropReason.Malformed);
            return;
        }

        if (packet.Length > LargestCopied)
        {
            Flush();
            Note(_socket.Send(packet, in departure));
            return;
        }

        _waiting[_count].CopyFrom(packet);
        _departures[_count++] = departure;
        if (_count == BatchSize)
        {
            Flush();
        }
    }

    public void Flush()
    {
        if (_count > 0)
        {
            _socket.Send(_waiting.AsSpan(0, _count), _departures.AsSpan(0, _count), _statuses.AsSpan(0, _count));
            foreach (TunnelSendStatus status in _statuses.AsSpan(0, _count))
            {
                Note(status);
            }

            _count = 0;
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Cuts a super-packet behind its tunnel header; every segment gets a copy of that header.</summary>
    private void SendSegments(PacketBuffer packet, TunnelDeparture departure)
    {
        Span<byte> header = stackalloc byte[64];
        int reserve = HeaderLength(packet.Span);
        packet.Span[..reserve].CopyTo(header);
        packet.Pull(reserve);
        if (PacketHeaders.Parse(packet.Span, out PacketHeaders inner) != ParseResult.Ok)
        {
            _counters.CountDrop(DropReason.Malformed);
            return;
        }

        int first = 0;
        SegmentRun run;
        do
        {
            _run.Reset(MostSegmentedBytes);
            int room = Math.Min(MostSegmentedBytes, MostSegments * (reserve + inner.PayloadOffset + packet.Offload.GsoSize));
            Span<byte> target = _run.Span[..room];
            run = packet.Offload.Gso == GsoType.UdpL4
                ? UdpSegmenter.Write(packet, in inner, reserve, target, first)
                : TcpSegmenter.Write(packet, in inner, reserve, target, first);
            if (run.Count == 0)
            {
                _counters.CountDrop(DropReason.Malformed);
                return;
            }

            for (int i = 0; i < run.Count; i++)
            {
                header[..reserve].CopyTo(target[(i * run.Stride)..]);
            }

            _run.SetLength(run.TotalBytes);
            departure.SegmentSize = (ushort)(run.Count > 1 ? run.Stride : 0);
            Note(_socket.Send(_run, in departure));
            first += run.Count;
        }
        while (run.Remaining > 0);
    }

    /// <summary>Completes the inner checksum; the tunnel header is stepped over, so that the inner frame is what is read.</summary>
    private bool FinishInner(PacketBuffer packet)
    {
        int header = HeaderLength(packet.Span);
        packet.Pull(header);
        packet.Offload.ChecksumStart -= (ushort)header;
        bool finished = Checksum.Finish(packet);
        packet.Push(header);
        return finished;
    }

    /// <summary>Geneve's options make its header as long as it says; the others are as the node writes them.</summary>
    private int HeaderLength(ReadOnlySpan<byte> packet) => _encapsulation switch
    {
        Encapsulation.Geneve => 8 + ((packet[0] & 0x3F) * 4),
        Encapsulation.Gre => GreHeader.Size,
        _ => VxlanHeader.Size,
    };

    private void Note(TunnelSendStatus status)
    {
        if (status != TunnelSendStatus.Sent)
        {
            _counters.CountDrop(status == TunnelSendStatus.TooBig ? DropReason.TooBig : DropReason.DeviceFailed);
        }
    }
}
