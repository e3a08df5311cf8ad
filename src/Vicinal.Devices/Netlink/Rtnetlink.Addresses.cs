using System.Runtime.InteropServices;
using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices.Netlink;

/// <summary>An address of an interface, with the length of its on-link prefix.</summary>
public sealed record LinkAddress(int LinkIndex, IpAddress Address, int PrefixLength)
{
    /// <summary>IPv6 duplicate address detection is still under way.</summary>
    public bool IsTentative { get; init; }
}

public sealed partial class Rtnetlink
{
    private const ushort RTM_NEWADDR = 20;
    private const ushort RTM_DELADDR = 21;
    private const ushort RTM_GETADDR = 22;
    private const int AddressFixedSize = 8;
    private const ushort IFA_ADDRESS = 1;
    private const ushort IFA_LOCAL = 2;
    private const ushort IFA_BROADCAST = 4;
    private const ushort IFA_FLAGS = 8;
    private const uint IFA_F_NODAD = 0x02;
    private const uint IFA_F_TENTATIVE = 0x40;

    public IReadOnlyList<LinkAddress> Addresses()
    {
        List<LinkAddress> addresses = [];
        _socket.Dump(
            (request, sequence) =>
            {
                _ = request.Begin(RTM_GETADDR, DumpRequest, sequence, AddressFixedSize);
                request.End();
            },
            (type, body) =>
            {
                if (type == RTM_NEWADDR && ParseAddress(body) is { } address)
                {
                    addresses.Add(address);
                }
            },
            addresses.Clear,
            "list addresses");
        return addresses;
    }

    public IEnumerable<LinkAddress> AddressesOf(string link)
    {
        int index = GetLink(link).Index;
        return Addresses().Where(a => a.LinkIndex == index);
    }

    /// <summary>Adds an address, or does nothing when it is there. IPv6 addresses skip duplicate detection unless asked for, and serve at once.</summary>
    public void AddAddress(string link, IpAddress address, int prefixLength, bool detectDuplicates = false)
    {
        BeginAddress(RTM_NEWADDR, CreateOrReplace, link, address, prefixLength);
        if (address.IsIpv4)
        {
            if (prefixLength < 31)
            {
                _message.PutAddress(IFA_BROADCAST, new IpPrefix(address, prefixLength).Last);
            }
        }
        else if (!detectDuplicates)
        {
            _message.PutUInt32(IFA_FLAGS, IFA_F_NODAD);
        }

        Commit($"add {address}/{prefixLength} to {link}");
    }

    public void DeleteAddress(string link, IpAddress address, int prefixLength)
    {
        BeginAddress(RTM_DELADDR, Request, link, address, prefixLength);
        Commit($"delete {address}/{prefixLength} from {link}");
    }

    internal static LinkAddress? ParseAddress(ReadOnlySpan<byte> body)
    {
        if (body.Length < AddressFixedSize)
        {
            return null;
        }

        uint flags = body[2];
        IpAddress? local = null;
        IpAddress? peer = null;
        AttributeReader attributes = new(body[AddressFixedSize..]);
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case IFA_LOCAL:
                    local = attributes.Address;
                    break;
                case IFA_ADDRESS:
                    peer = attributes.Address;
                    break;
                case IFA_FLAGS:
                    flags = attributes.UInt32;
                    break;
            }
        }

        // On a point-to-point link IFA_ADDRESS is the other side's; IFA_LOCAL, where present, is ours.
        return (local ?? peer) is { } address && body[1] <= address.Bits
            ? new LinkAddress(MemoryMarshal.Read<int>(body[4..]), address, body[1]) { IsTentative = (flags & IFA_F_TENTATIVE) != 0 }
            : null;
    }

    private void BeginAddress(ushort type, ushort flags, string link, IpAddress address, int prefixLength)
    {
        int index = GetLink(link).Index;
        Span<byte> body = Begin(type, flags, AddressFixedSize);
        body[0] = FamilyOf(address);
        body[1] = (byte)prefixLength;
        MemoryMarshal.Write(body[4..], index);
        _message.PutAddress(IFA_LOCAL, address);
        _message.PutAddress(IFA_ADDRESS, address);
    }

    private static byte FamilyOf(IpAddress address) => (byte)(address.IsIpv4 ? SocketCalls.AF_INET : SocketCalls.AF_INET6);
}
