using Vicinal.Devices;
using Vicinal.Packets;

namespace Vicinal.Agent.Transmit;

/// <summary>
/// Collects what goes out of one device during a batch of received packets, so that a burst costs one system call. Small
/// packets are copied; a super-packet goes at once, behind those that wait, since copying it would cost more than the call.
/// In-order TCP segments grow together again into a super-packet (receive offload), as a guest expects of its NIC; a real NIC cuts it as it sends.
/// Owned by the data-path thread.
/// </summary>
internal sealed class TransmitQueue
{
    private const int BatchSize = 64;
    private const int LargestCopied = 4096;

    private readonly IFrameDevice _device;
    private readonly PacketBuffer[] _waiting = new PacketBuffer[BatchSize];
    private readonly TcpCoalescer? _coalescer;
    private readonly PacketBuffer? _grown;
    private int _count;

    public TransmitQueue(IFrameDevice device, bool coalesce)
    {
        _device = device;
        for (int i = 0; i < BatchSize; i++)
        {
            _waiting[i] = new PacketBuffer(PacketBuffer.Headroom + LargestCopied);
        }

        if (coalesce)
        {
            _coalescer = new TcpCoalescer();
            _grown = new PacketBuffer();
        }
    }

    /// <summary>Something waits for <see cref="Flush"/>.</summary>
    public bool IsDirty { get; private set; }

    public void Add(PacketBuffer packet)
    {
        IsDirty = true;
        if (_coalescer is not null && TryCoalesce(packet))
        {
            return;
        }

        Enqueue(packet);
    }

    public void Flush()
    {
        CloseFlow();
        Send();
        IsDirty = false;
    }

    /// <summary>Nothing of what waits goes out.</summary>
    public void Discard()
    {
        _ = _coalescer?.Complete();
        _count = 0;
    }

    private bool TryCoalesce(PacketBuffer packet)
    {
        bool open = _coalescer!.Head is not null;
        if (packet.Offload.Gso != GsoType.None || packet.Length < 256 || PacketHeaders.Parse(packet.Span, out PacketHeaders headers) != ParseResult.Ok)
        {
            // It may belong to the open flow: order is kept by closing it.
            CloseFlow();
            return false;
        }

        if (open && _coalescer.TryAppend(packet, in headers))
        {
            return true;
        }

        CloseFlow();
        _grown!.CopyFrom(packet);
        return _coalescer.TryBegin(_grown, in headers);
    }

    private void CloseFlow()
    {
        if (_coalescer?.Complete() is { } grown)
        {
            Enqueue(grown);
        }
    }

    private void Enqueue(PacketBuffer packet)
    {
        if (packet.Length > LargestCopied)
        {
            Send();
            ReadOnlySpan<PacketBuffer> one = new(in packet);
            _device.Send(one);
            return;
        }

        _waiting[_count++].CopyFrom(packet);
        if (_count == BatchSize)
        {
            Send();
        }
    }

    private void Send()
    {
        if (_count > 0)
        {
            _device.Send(_waiting.AsSpan(0, _count));
            _count = 0;
        }
    }
}
