using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>The options RDNSS and DNSSL of router advertisements (RFC 8106 section 5).</summary>
internal static class AdvertisedDns
{
    private const int HeadSize = 8;
    private const int AddressSize = 16;
    private const int LongestName = 255;

    public static int SizeOf(ValueList<IpAddress> servers) => servers.IsEmpty ? 0 : HeadSize + (servers.Count * AddressSize);

    /// <summary>Padded to a multiple of eight.</summary>
    public static int SizeOf(ValueList<string> domains)
    {
        int names = NamesSize(domains);
        return names == 0 ? 0 : HeadSize + ((names + 7) & ~7);
    }

    public static ValueList<IpAddress> ReadServers(ReadOnlySpan<byte> option)
    {
        List<IpAddress> servers = [];
        for (int i = HeadSize; i + AddressSize <= option.Length; i += AddressSize)
        {
            servers.Add(IpAddress.ReadIpv6(option[i..]));
        }

        return servers.ToValueList();
    }

    public static void Write(ValueList<IpAddress> servers, uint lifetime, Span<byte> target)
    {
        if (servers.IsEmpty)
        {
            return;
        }

        WriteHead(target, NeighborOptions.RecursiveDnsServer, SizeOf(servers), lifetime);
        target = target[HeadSize..];
        foreach (IpAddress server in servers)
        {
            server.WriteIpv6(target);
            target = target[AddressSize..];
        }
    }

    public static void Write(ValueList<string> domains, uint lifetime, Span<byte> target)
    {
        int size = SizeOf(domains);
        if (size == 0)
        {
            return;
        }

        target[..size].Clear();
        WriteHead(target, NeighborOptions.DnsSearchList, size, lifetime);
        int length = HeadSize;
        Span<byte> name = stackalloc byte[LongestName];
        foreach (string domain in domains)
        {
            int written = DnsLabels.Write(domain, name);
            name[..written].CopyTo(target[length..]);
            length += written;
        }
    }

    private static int NamesSize(ValueList<string> domains)
    {
        Span<byte> name = stackalloc byte[LongestName];
        int size = 0;
        foreach (string domain in domains)
        {
            size += DnsLabels.Write(domain, name);
        }

        return size;
    }

    private static void WriteHead(Span<byte> target, byte type, int size, uint lifetime)
    {
        target[..HeadSize].Clear();
        target[0] = type;
        target[1] = (byte)(size / 8);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], lifetime);
    }
}
