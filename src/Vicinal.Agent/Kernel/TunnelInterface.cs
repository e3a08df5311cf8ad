using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Agent.Kernel;

/// <summary>The NIC that tunnel packets come in by: the one that holds the address that tunnels end at.</summary>
internal static class TunnelInterface
{
    /// <param name="prefixLength">Of the prefix that is on that link.</param>
    /// <exception cref="KernelRefusalException">No interface holds it, or one that no packet comes in by.</exception>
    public static LinkInfo Find(Rtnetlink route, IpAddress address, out int prefixLength)
    {
        LinkAddress held = route.Addresses().FirstOrDefault(held => held.Address == address)
            ?? throw new KernelRefusalException($"no interface holds the tunnel address {address}");
        int index = held.LinkIndex;
        prefixLength = held.PrefixLength;
        LinkInfo link = route.Links().First(known => known.Index == index);
        return link.IsLoopback || link.MacAddress == default
            ? throw new KernelRefusalException($"{link.Name}, which holds the tunnel address {address}, is no Ethernet interface")
            : link;
    }
}
