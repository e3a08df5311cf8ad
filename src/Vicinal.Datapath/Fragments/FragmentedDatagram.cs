using Vicinal.Packets;

namespace Vicinal.Datapath.Fragments;

/// <summary>RFC 791: source, destination, identification and protocol; RFC 8200 section 4.5 the same without the protocol, which is then 0.</summary>
internal readonly record struct DatagramKey(uint Source, IpAddress From, IpAddress To, uint Id, byte Protocol)
{
    public static DatagramKey Of(uint source, in PacketHeaders h) =>
        new(source, h.Source, h.Destination, h.FragmentId, h.IsIpv4 ? h.Protocol : (byte)0);
}

/// <summary>
/// A datagram whose fragments are coming. They are copied to where they will stand; the first one's headers go in front of that, into
/// the headroom. Owned by the tracker and used again for others.
/// </summary>
internal sealed class FragmentedDatagram
{
    private const int CongestionExperienced = 3;

    private CoveredRanges _covered;
    private PacketHeaders _first;
    private FragmentLayout _layout;
    private int _length;
    private int _ecnSeen;
    private byte _protocol;

    public FragmentedDatagram()
    {
        ByAge = new LinkedListNode<FragmentedDatagram>(this);
        BySource = new LinkedListNode<FragmentedDatagram>(this);
    }

    public LinkedListNode<FragmentedDatagram> ByAge { get; }

    public LinkedListNode<FragmentedDatagram> BySource { get; }

    public DatagramKey Key { get; private set; }

    public long Deadline { get; private set; }

    /// <summary>Null before the first fragment, and once the datagram is condemned: what is still to come of it is then refused.</summary>
    public PacketBuffer? Buffer { get; set; }

    public bool IsCondemned { get; set; }

    public int LargestFragment { get; private set; }

    public bool DontFragment { get; private set; }

    public int Room => Buffer is null ? 0 : Buffer.Bytes.Length - PacketBuffer.Headroom;

    public void Begin(in DatagramKey key, long deadline)
    {
        Key = key;
        Deadline = deadline;
        IsCondemned = false;
        LargestFragment = 0;
        DontFragment = false;
        _covered = default;
        _first = default;
        _length = -1;
        _ecnSeen = 0;
    }

    /// <summary>Copies a fragment in. The buffer has room for it. False when the fragments contradict each other.</summary>
    public bool TryAdd(ReadOnlySpan<byte> frame, in PacketHeaders h, in FragmentLayout layout)
    {
        ReadOnlySpan<byte> data = frame[layout.DataOffset..h.End];
        int end = h.FragmentOffset + data.Length;
        Span<byte> place = Buffer!.Bytes.AsSpan(PacketBuffer.Headroom + h.FragmentOffset, data.Length);
        if (!h.MoreFragments && ((_length >= 0 && _length != end) || _covered.End > end))
        {
            return false;
        }

        switch (end > _length && _length >= 0 ? Coverage.Overlaps : _covered.Add(h.FragmentOffset, end))
        {
            case Coverage.Repeated:
                return place.SequenceEqual(data);
            case Coverage.Overlaps or Coverage.Scattered:
                return false;
            default:
                break;
        }

        data.CopyTo(place);
        _length = h.MoreFragments ? _length : end;
        _ecnSeen |= 1 << (h.TrafficClass & 3);
        LargestFragment = Math.Max(LargestFragment, h.L3Length);
        DontFragment |= h.DontFragment;
        return !h.IsFirstFragment || TryTakeHeaders(frame, in h, in layout);
    }

    public bool IsComplete => _length >= 0 && _first.IsIp && _covered.IsWhole(_length);

    /// <summary>Turns the buffer into the whole packet. False when it would be longer than a packet can be, or its ECN marks deny each other.</summary>
    public bool TryFinish()
    {
        // RFC 3168 section 5.3: a mark on one fragment is a mark on the whole; one that a sender without ECN sent is a lie.
        bool marked = (_ecnSeen & (1 << CongestionExperienced)) != 0;
        if (_layout.HeaderEnd - _first.L3Offset + _length > ushort.MaxValue || (marked && (_ecnSeen & 1) != 0))
        {
            return false;
        }

        Buffer!.Reset(_length);
        _ = Buffer.Push(_layout.HeaderEnd);
        _layout.MakeWhole(Buffer.Span, in _first, _protocol);
        if (marked)
        {
            HeaderRewrite.SetTrafficClass(Buffer.Span, ref _first, (byte)(_first.TrafficClass | CongestionExperienced));
        }

        return true;
    }

    private bool TryTakeHeaders(ReadOnlySpan<byte> frame, in PacketHeaders h, in FragmentLayout layout)
    {
        // The rest of the headroom is for tags and tunnels.
        if (layout.HeaderEnd > PacketBuffer.Headroom / 2)
        {
            return false;
        }

        frame[..layout.HeaderEnd].CopyTo(Buffer!.Bytes.AsSpan(PacketBuffer.Headroom - layout.HeaderEnd));
        _first = h;
        _layout = layout;
        _protocol = h.IsIpv6 ? frame[layout.HeaderEnd] : h.Protocol;
        return true;
    }
}
