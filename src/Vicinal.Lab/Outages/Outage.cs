using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Lab.Fabric;

namespace Vicinal.Lab.Outages;

/// <summary>A failure of one node or of a wire, made on purpose. It lasts until it is healed or disposed.</summary>
public sealed class Outage : IDisposable
{
    private Action? _heal;

    private Outage(Action heal) => _heal = heal;

    /// <summary>All NICs of a node are down.</summary>
    public static Outage CutOff(LabCloud cloud, string node) => SetDown(cloud, node, [FabricScript.UnderlayNic, .. External(cloud, node)]);

    /// <summary>A node's external NIC is down; it still speaks to the other nodes.</summary>
    public static Outage UnplugExternal(LabCloud cloud, string node) => SetDown(cloud, node, [FabricScript.ExternalNic]);

    /// <summary>A node's agent stands still (SIGSTOP), and what it left in the kernel goes on.</summary>
    public static Outage Freeze(LabCloud cloud, string node)
    {
        cloud.Agent(node).Signal("STOP");
        return new Outage(() => cloud.Agent(node).Signal("CONT"));
    }

    /// <summary>A node's agent is killed, and what it left in the kernel is taken away. Healed, it starts again.</summary>
    public static Outage Kill(LabCloud cloud, string node)
    {
        cloud.Agent(node).Kill();
        RemovePins(cloud, node);
        return new Outage(() => cloud.StartAgent(node));
    }

    /// <summary>The upstream router does not hear a node any more, nor the node it; the carrier stays.</summary>
    public static Outage LoseUpstream(LabCloud cloud, string node)
    {
        Isolate(cloud, node, "on");
        return new Outage(() => Isolate(cloud, node, "off"));
    }

    /// <summary>The underlay falls into two halves that cannot see each other. The external segment stays one.</summary>
    /// <param name="island">The members of the half without the rest; "server" may be one.</param>
    public static Outage Split(LabCloud cloud, params string[] island)
    {
        const string Bridge = "br-island";
        IEnumerable<string> Move(string to) => island.Select(member => $"link set p-{member} master {to}");
        string wire = cloud.Plan.Namespace("underlay");
        IpCommand.Batch(wire,
        [
            $"link add {Bridge} mtu {cloud.Plan.UnderlayMtu} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
            $"link set {Bridge} up",
            .. Move(Bridge),
        ]);
        return new Outage(() => IpCommand.Batch(wire, [.. Move("br-underlay"), $"link del {Bridge}"]));
    }

    public void Heal() => Interlocked.Exchange(ref _heal, null)?.Invoke();

    public void Dispose() => Heal();

    private static IEnumerable<string> External(LabCloud cloud, string node) =>
        cloud.Plan.Nodes.First(n => n.Name == node).External ? [FabricScript.ExternalNic] : [];

    private static Outage SetDown(LabCloud cloud, string node, IReadOnlyList<string> nics)
    {
        using Rtnetlink route = Rtnetlink.Open(NetworkNamespace.Open(cloud.Plan.Namespace(node)));
        foreach (string nic in nics)
        {
            route.SetDown(nic);
        }

        return new Outage(() => IpCommand.Batch(cloud.Plan.Namespace(node), nics.Select(nic => $"link set {nic} up")));
    }

    /// <summary>Links end with their pins, and the packets that they carried with them.</summary>
    private static void RemovePins(LabCloud cloud, string node)
    {
        string pins = PinMounts.Of(cloud.StateOf(node));
        if (PinMounts.Under(pins).Count > 0)
        {
            foreach (string directory in Directory.GetDirectories(pins))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    /// <summary>Two isolated ports of a bridge do not hear each other; all others hear both.</summary>
    private static void Isolate(LabCloud cloud, string node, string onOff) => IpCommand.Batch(cloud.Plan.Namespace("external"),
        ((string[])[node, "internet"]).Select(member => $"link set p-{member} type bridge_slave isolated {onOff}"));
}
