using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Devices.Netlink;

/// <summary>The states of a neighbour entry, as the kernel's bits (RFC 4861 section 7.3.2).</summary>
[Flags]
public enum KernelNeighbourState
{
    None = 0,
    Incomplete = 0x01,
    Reachable = 0x02,
    Stale = 0x04,
    Delay = 0x08,
    Probe = 0x10,
    Failed = 0x20,
    NoArp = 0x40,
    Permanent = 0x80,
}

/// <summary>An entry of the kernel's ARP or neighbour cache; the MAC is zero while it is not known.</summary>
public sealed record KernelNeighbour(int LinkIndex, IpAddress Address, MacAddress MacAddress, KernelNeighbourState State);

public sealed partial class Rtnetlink
{
    private const ushort RTM_NEWNEIGH = 28;
    private const ushort RTM_DELNEIGH = 29;
    private const ushort RTM_GETNEIGH = 30;
    private const int NeighbourFixedSize = 12;
    private const ushort NDA_DST = 1;
    private const ushort NDA_LLADDR = 2;

    public IReadOnlyList<KernelNeighbour> Neighbours()
    {
        List<KernelNeighbour> neighbours = [];
        _socket.Dump(
            (request, sequence) =>
            {
                _ = request.Begin(RTM_GETNEIGH, DumpRequest, sequence, NeighbourFixedSize);
                request.End();
            },
            (type, body) =>
            {
                if (type == RTM_NEWNEIGH && ParseNeighbour(body) is { } neighbour)
                {
                    neighbours.Add(neighbour);
                }
            },
            neighbours.Clear,
            "list neighbours");
        return neighbours;
    }

    /// <summary>Adds or replaces a permanent entry.</summary>
    public void AddNeighbour(string link, IpAddress address, MacAddress mac)
    {
        BeginNeighbour(RTM_NEWNEIGH, CreateOrReplace, link, address);
        _message.PutMac(NDA_LLADDR, mac);
        Commit($"add neighbour {address} on {link}");
    }

    public void DeleteNeighbour(string link, IpAddress address)
    {
        BeginNeighbour(RTM_DELNEIGH, Request, link, address);
        Commit($"delete neighbour {address} on {link}");
    }

    internal static KernelNeighbour? ParseNeighbour(ReadOnlySpan<byte> body)
    {
        if (body.Length < NeighbourFixedSize)
        {
            return null;
        }

        IpAddress? address = null;
        MacAddress mac = default;
        AttributeReader attributes = new(body[NeighbourFixedSize..]);
        while (attributes.Next())
        {
            address = attributes.Type == NDA_DST ? attributes.Address : address;
            mac = attributes.Type == NDA_LLADDR ? attributes.Mac : mac;
        }

        return address is { } known
            ? new KernelNeighbour(MemoryMarshal.Read<int>(body[4..]), known, mac, (KernelNeighbourState)MemoryMarshal.Read<ushort>(body[8..]))
            : null;
    }

    private void BeginNeighbour(ushort type, ushort flags, string link, IpAddress address)
    {
        int index = GetLink(link).Index;
        Span<byte> body = Begin(type, flags, NeighbourFixedSize);
        body[0] = FamilyOf(address);
        MemoryMarshal.Write(body[4..], index);
        MemoryMarshal.Write(body[8..], (ushort)KernelNeighbourState.Permanent);
        _message.PutAddress(NDA_DST, address);
    }
}
