using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>
/// The addresses that instances have before the node's own sockets. Tenants' addresses overlap; these do not, and tell the client's number, of
/// which the higher bits are the port's.
/// </summary>
public static class ServiceClientAddress
{
    /// <summary>Of one port: its own addresses, and what it speaks as besides.</summary>
    public const int ClientsPerPort = 1 << ClientBits;

    /// <summary>Ports of one node at a time.</summary>
    public const uint MaxPorts = 1 << (NumberBits - ClientBits);

    private const int NumberBits = 22;
    private const int ClientBits = 4;
    private const ulong Ipv6High = 0xFD00_A9FE_0000_0000;

    /// <summary>Shared address space (RFC 6598), which the sockets' namespace has to itself.</summary>
    public static IpPrefix Ipv4Prefix => new(IpAddress.FromIpv4(0x6440_0000), 32 - NumberBits);

    public static IpPrefix Ipv6Prefix => new(new IpAddress(Ipv6High, 0), 64);

    public static IpAddress Of(uint port, int client, bool ipv4)
    {
        uint number = (port << ClientBits) | (uint)client;
        return ipv4 ? IpAddress.FromIpv4(Ipv4Prefix.Address.Ipv4Value | number) : new IpAddress(Ipv6High, number);
    }

    /// <summary>False for an address that no client has.</summary>
    public static bool TryRead(IpAddress address, out uint port, out int client)
    {
        ulong number = address.IsIpv4 ? address.Ipv4Value & ((1u << NumberBits) - 1) : address.Low;
        port = (uint)(number >> ClientBits);
        client = (int)number & (ClientsPerPort - 1);
        return number < 1ul << NumberBits && (address.IsIpv4 ? Ipv4Prefix : Ipv6Prefix).Contains(address);
    }
}
