using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Agent.Kernel;

/// <summary>The NIC that tunnel packets come in by: the one that holds the address that tunnels end at.</summary>
internal static class TunnelInterface
{
    /// <exception cref="KernelRefusalException">No interface holds it, or one that no packet comes in by.</exception>
    public static LinkInfo Find(Rtnetlink route, IpAddress address)
    {
        int index = route.Addresses().FirstOrDefault(held => held.Address == address)?.LinkIndex
            ?? throw new KernelRefusalException($"no interface holds the tunnel address {address}");
        LinkInfo link = route.Links().First(known => known.Index == index);
        return link.IsLoopback || link.MacAddress == default
            ? throw new KernelRefusalException($"{link.Name}, which holds the tunnel address {address}, is no Ethernet interface")
            : link;
    }
}
