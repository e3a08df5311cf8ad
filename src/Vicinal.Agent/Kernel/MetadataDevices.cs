using Vicinal.Devices;
using Vicinal.Devices.Guards;
using Vicinal.Devices.Netlink;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Kernel;

/// <summary>
/// The collect-metadata tunnel devices that carry whole super-packets, one an encapsulation, where the kernel has the type. They outlive the
/// agent as the programs on them do. An index is 0 where there is no device.
/// </summary>
internal sealed record MetadataDevices(int Vxlan, int Geneve)
{
    public const string VxlanName = "vi-vxlan";
    public const string GeneveName = "vi-geneve";

    /// <summary>The source ports that vxlan takes; the dynamic ports of RFC 6335 section 6, as the agent's own senders.</summary>
    public const ushort FirstSourcePort = 49_152;
    public const ushort LastSourcePort = 65_535;

    public static IReadOnlyList<string> Names { get; } = [VxlanName, GeneveName];

    /// <summary>What is there, for people.</summary>
    public IReadOnlyList<string> Present => [.. Names.Where(name => IndexOf(name) != 0)];

    public static MetadataDevices Open(Rtnetlink route, FrameGuard guard, IpAddress local)
    {
        MetadataTunnelOptions options = new(local, FirstSourcePort, LastSourcePort);
        return new MetadataDevices(
            Ensure(route, guard, VxlanName, "vxlan", () => route.CreateMetadataVxlan(VxlanName, VxlanHeader.UdpPort, options)),
            Ensure(route, guard, GeneveName, "geneve", () => route.CreateMetadataGeneve(GeneveName, GeneveHeader.UdpPort)));
    }

    public int IndexOf(string name) => name == VxlanName ? Vxlan : Geneve;

    public bool Has(Encapsulation encapsulation) => encapsulation switch
    {
        Encapsulation.Vxlan => Vxlan != 0,
        Encapsulation.Geneve => Geneve != 0,
        _ => false,
    };

    /// <summary>One of an earlier agent is taken over: tunnel packets come in by it while no agent is here.</summary>
    private static int Ensure(Rtnetlink route, FrameGuard guard, string name, string kind, Action create)
    {
        try
        {
            if (route.FindLink(name) is not { } known || known.Kind != kind)
            {
                create();
            }

            // Whatever comes out of it is for the programs; before they are on it, the host must not hear it either.
            guard.GuardTap(name);
            route.SetUp(name);
            return route.GetLink(name).Index;
        }
        catch (DeviceException)
        {
            // The kernel has no such type, or another program has the port: super-packets are then cut.
            _ = route.TryDeleteLink(name);
            return 0;
        }
    }
}
