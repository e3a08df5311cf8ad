using Vicinal.Devices.Netlink;
using Vicinal.Ebpf;

namespace Vicinal.Agent.Kernel;

/// <summary>Takes away what an agent with the kernel fast path left on this node on purpose: programs, maps, and tunnel devices.</summary>
internal static class KernelLeftovers
{
    /// <summary>The calling thread's network namespace is the node's, and no agent runs in it. Needs nothing of what the fast path needs.</summary>
    public static void Remove(string pinDirectory)
    {
        // A link ends with its pin, and a map with the last that uses it.
        if (BpfFileSystem.IsMounted(pinDirectory))
        {
            foreach (string directory in Directory.GetDirectories(pinDirectory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        // Filters need no pin to stay.
        using Rtnetlink route = Rtnetlink.Open();
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
