using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Agent.Transmit;

/// <summary>The MTU of what the node's tunnels run over.</summary>
internal static class UnderlayMtu
{
    /// <summary>Of the NIC that has the tunnel address, as it is now; 0 where none has, or only the loopback interface.</summary>
    public static int Of(IpAddress tunnelAddress)
    {
        using Rtnetlink route = Rtnetlink.Open();
        int index = route.Addresses().FirstOrDefault(held => held.Address == tunnelAddress)?.LinkIndex ?? 0;
        return route.Links().FirstOrDefault(link => link.Index == index && !link.IsLoopback)?.Mtu ?? 0;
    }
}
