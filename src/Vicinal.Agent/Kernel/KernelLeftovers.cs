using Vicinal.Devices.Netlink;
using Vicinal.Ebpf;
using Vicinal.Packets;

namespace Vicinal.Agent.Kernel;

/// <summary>Takes away what an agent with the kernel fast path left on this node on purpose: programs, pins and tunnel devices.</summary>
internal static class KernelLeftovers
{
    /// <summary>The calling thread's network namespace is the node's.</summary>
    public static void Remove(string pinDirectory)
    {
        using Rtnetlink route = Rtnetlink.Open();
        if (BpfFileSystem.IsMounted(pinDirectory) && Directory.EnumerateFileSystemEntries(pinDirectory).Any())
        {
            FastPath.Uninstall(new FastPathSettings { PinDirectory = pinDirectory, TunnelAddress = IpAddress.Ipv4Any, TunnelInterface = 0 });
        }

        // Filters stay without a pin, and may be older than the pins.
        ProgramAttacher filters = new(AttachmentMode.Clsact, route, pinDirectory: null);
        foreach (LinkInfo link in route.Links())
        {
            using Attachment? attachment = filters.Find(link.Index, TrafficDirection.Ingress);
            attachment?.Detach();
        }

        foreach (string name in MetadataDevices.Names)
        {
            _ = route.TryDeleteLink(name);
        }
    }
}
